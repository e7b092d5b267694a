/** Two takes side by side: their timelines at the same scale, and what is different in words. */

import { ask } from './ask.js';
import { byId, make, put, set, shape } from './dom.js';
import { t } from './language.js';
import { drawHeard } from './takes-strip.js';
import { isHeard, length, overall } from './takes-words.js';
import { EMOTIONS, MID_LEVEL, called, listed, percent, signed } from './words.js';

const CLEAR = 0.3; // standard deviations; smaller differences are not worth a word
const MOST_WORDS = 4;
const MOST_VALUE = 3;

export class Compare {
  /** @param {?Array<Object>} pair - of takes; null for none */
  async show(pair) {
    const key = pair?.map(({ id, name }) => id + name).join();
    if (key === this.key) return;
    this.key = key;
    if (!pair) return;
    byId('compare-back').href = `#takes/${pair[0].id}`;
    put(byId('compare-says'), t('Loading …'));
    try {
      const heard = await Promise.all(pair.map(({ id }) => ask(`api/takes/${id}/predictions`)));
      if (key === this.key) this.draw(pair, heard);
    } catch (error) {
      this.key = '';
      put(byId('compare-says'), error.message);
    }
  }

  draw(pair, heard) {
    const longest = Math.max(...pair.map((take) => take.duration_s));
    byId('compare-strips').replaceChildren(...pair.map((take, n) => {
      const strip = make('div', 'runs');
      drawHeard(strip, heard[n], take.duration_s);
      strip.style.width = `${(100 * take.duration_s) / longest}%`;
      const link = Object.assign(make('a', '', make('b', '', `${'AB'[n]}  ${take.name}`)), { href: `#takes/${take.id}` });
      return make('li', '', link, make('small', '', ` ${length(take)} · ${overall(take)}`), strip);
    }));
    byId('compare-likely').replaceChildren(...EMOTIONS.map((emotion) => {
      const [a, b] = pair.map(({ probabilities }) => probabilities[emotion]);
      const row = pairRow([shape(emotion), called(emotion)], [a, b], [percent(a), percent(b)], points(b - a));
      row.dataset.emotion = emotion;
      return row;
    }));
    const silent = heard.findIndex(({ state }) => !state.some(isHeard));
    byId('compare-values').replaceChildren();
    if (silent >= 0) return put(byId('compare-says'), t('Nobody plays in “{name}”, so there is nothing to compare.', { name: pair[silent].name }));
    const [a, b] = heard.map(means);
    const names = Object.keys(MID_LEVEL);
    const differences = names.map((name, k) => ({ name, values: [a[k], b[k]], by: b[k] - a[k] })).sort((x, y) => Math.abs(y.by) - Math.abs(x.by));
    byId('compare-values').replaceChildren(...differences.map(({ name, values, by }) => {
      const says = Math.abs(by) < CLEAR ? t('about the same') : t('B is more {how}', { how: word(name, by) });
      return pairRow([called(name)], values.map((value) => value / MOST_VALUE), values.map((value) => signed(value)), says, true);
    }));
    const clear = differences.filter(({ by }) => Math.abs(by) >= CLEAR).slice(0, MOST_WORDS);
    const values = { a: pair[0].name, b: pair[1].name, how: listed(clear.map(({ name, by }) => word(name, by))) };
    put(byId('compare-says'), clear.length ? t('“{b}” is more {how} than “{a}”.', values) : t('“{b}” is played much like “{a}”.', values));
  }
}

const word = (name, by) => MID_LEVEL[name][by > 0 ? 1 : 0];
const points = (by) => (Math.abs(by) < 0.05 ? t('about the same') : by > 0 ? t('B is more so') : t('A is more so'));

/** The mean of each feature while somebody plays. */
function means({ state, mid_level: values }) {
  const played = values.filter((_, k) => isHeard(state[k]));
  return values[0].map((_, n) => played.reduce((sum, row) => sum + row[n], 0) / (played.length || 1));
}

function pairRow(name, shares, numbers, says, diverging = false) {
  const bars = shares.map((share, n) => {
    const fill = make('div', 'fill');
    fill.style.transform = `scaleX(${Math.max(-1, Math.min(1, share)).toFixed(3)})`;
    const track = make('div', diverging ? 'diverging' : 'track', fill);
    set(track, 'aria-hidden', 'true');
    return make('p', '', make('small', '', 'AB'[n]), track, make('b', '', numbers[n]));
  });
  return make('li', 'pair', make('span', '', ...name), make('div', '', ...bars), make('small', '', says));
}
