/** What was heard, drawn over its time: stretches of one emotion, and how likely each emotion was. */

import { make } from './dom.js';
import { isHeard } from './takes-words.js';
import { EMOTIONS, called } from './words.js';

const LETTER_SHARE = 0.05; // of the strip; narrower stretches have no room for their letter
const MOST_POINTS = 240;

/** Draw a take's thumbnail. */
export function drawThumbnail(box, { labels = [] }) {
  draw(box, labels.map((label, k) => ({ emotion: EMOTIONS[label], from: k / labels.length, to: (k + 1) / labels.length })));
}

/** Draw the stretches of a whole take, from its predictions in columns. */
export function drawHeard(box, { time_s: times, state, label }, durationS) {
  draw(box, times.map((time, k) => ({
    emotion: isHeard(state[k]) ? label[k] : '', unsure: state[k] === 'unsure', from: (times[k - 1] ?? 0) / durationS, to: Math.min(1, time / durationS),
  })));
}

export function draw(box, pieces) {
  const runs = [];
  for (const piece of pieces) {
    const last = runs.at(-1);
    if (last && last.emotion === piece.emotion && last.unsure === piece.unsure) last.to = piece.to;
    else runs.push({ ...piece });
  }
  box.replaceChildren(...runs.filter(({ emotion }) => emotion).map(({ emotion, unsure, from, to }) => {
    const run = make('i', unsure ? 'unsure' : '', to - from > LETTER_SHARE ? called(emotion)[0].toUpperCase() : '');
    run.dataset.emotion = emotion;
    run.style.left = `${100 * from}%`;
    run.style.width = `${100 * (to - from)}%`;
    return run;
  }));
}

/** Draw the four probabilities, one upon the other: each a layer that is cut to its shape. */
export function drawLikely(box, { time_s: times, state, probabilities }, durationS) {
  const every = Math.max(1, Math.ceil(times.length / MOST_POINTS));
  const shown = times.map((_, k) => k).filter((k) => k % every === 0);
  const floor = shown.map(() => 0);
  box.replaceChildren(...EMOTIONS.map((emotion, e) => {
    const at = shown.map((k, n) => [(100 * times[k]) / durationS, floor[n], isHeard(state[k]) ? (floor[n] += 100 * probabilities[k][e]) : floor[n]]);
    const point = (x, y) => `${x.toFixed(2)}% ${(100 - y).toFixed(1)}%`;
    const layer = make('i');
    layer.dataset.emotion = emotion;
    layer.style.clipPath = `polygon(${[...at.map(([x, , top]) => point(x, top)), ...at.reverse().map(([x, low]) => point(x, low))].join(',')})`;
    return layer;
  }));
}
