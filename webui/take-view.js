/** One take: to play, to look into at any moment, to name, to correct and to take away. */

import { ask } from './ask.js';
import { byId, make, put, set, shape } from './dom.js';
import { number, t } from './language.js';
import { choice } from './takes-list.js';
import { drawHeard, drawLikely } from './takes-strip.js';
import { clock, isHeard, length, megabytes, overall, when } from './takes-words.js';
import { told } from './told.js';
import { EMOTIONS, MID_LEVEL, called, percent, signed } from './words.js';

const FORMATS = ['flac', 'wav', 'csv', 'json', 'png', 'html', 'zip'];
const STEP_S = 1;
const LEAP_S = 10;
const MOST_VALUE = 3; // standard deviations, at the end of a bar

export class TakeView {
  /** @param {Object<string, function>} acts - explain(timeS, take), remove(take), change(take, what) */
  constructor(acts) {
    Object.assign(this, { acts, take: null, heard: null, atS: 0 });
    this.audio = byId('take-audio');
    this.values = Object.keys(MID_LEVEL).map((name) => {
      const row = { bar: make('div', 'fill'), says: make('b') };
      const item = make('li', '', make('span', '', called(name)), make('div', 'diverging', row.bar), row.says);
      item.title = MID_LEVEL[name][2];
      byId('values').append(item);
      return row;
    });
    byId('meant').querySelector('fieldset').append(...EMOTIONS.map((emotion) => choice('meant', emotion)));
    this.listen();
  }

  /** @param {?Object} take - null for none; `others` to compare it with */
  show(take, others = []) {
    if (!take) {
      this.stop();
      this.take = null;
      return;
    }
    const rest = others.filter(({ id, state }) => id !== take.id && state === 'ready');
    const key = JSON.stringify([take, rest.map(({ id, name }) => [id, name])]);
    if (key === this.key && this.take) return;
    this.key = key;
    const isNew = take.id !== this.take?.id;
    this.take = take;
    if (isNew) this.load();
    if (document.activeElement !== byId('take-name')) byId('take-name').value = take.name;
    const about = [when(take), length(take), overall(take), `${number(take.rate_hz / 1000)} kHz`, `${megabytes(take.bytes)} MB`];
    put(byId('take-about'), about.join(' · '));
    this.note();
    byId('meant').elements.meant.value = take.meant;
    byId('tag-list').replaceChildren(...take.tags.map((tag) => this.chip(tag)));
    byId('compare-with').disabled = !rest.length;
    const options = [['', rest.length ? t('choose a take') : t('there is no other yet')], ...rest.map(({ id, name }) => [id, name])];
    byId('compare-with').replaceChildren(...options.map(([value, text]) => Object.assign(make('option', '', text), { value })));
  }

  async load() {
    const { id, duration_s: duration } = this.take;
    this.stop();
    this.audio.src = `api/takes/${id}/sound`;
    this.heard = null;
    for (const box of ['take-runs', 'take-likely']) byId(box).replaceChildren();
    byId('take-ticks').replaceChildren(...[0, 0.5, 1].map((share) => make('span', '', clock(Math.round(share * duration)))));
    byId('exports').replaceChildren(...FORMATS.map((format) => {
      const link = Object.assign(make('a', 'button', format.toUpperCase()), { href: `api/takes/${id}/export/${format}`, download: '' });
      return make('li', '', link);
    }));
    set(byId('take-stage'), 'aria-valuemax', String(Math.round(duration)));
    this.move(0);
    try {
      const heard = await ask(`api/takes/${id}/predictions`);
      if (id !== this.take?.id) return;
      this.heard = heard;
      drawHeard(byId('take-runs'), heard, duration);
      drawLikely(byId('take-likely'), heard, duration);
      const way = heard.time_s.map((_, k) => k).filter((k) => isHeard(heard.state[k]));
      set(byId('way-line'), 'points', way.map((k) => `${(100 * heard.valence[k]).toFixed()},${(-100 * heard.arousal[k]).toFixed()}`).join(' '));
      this.point();
    } catch (error) {
      put(byId('take-heard'), error.message);
    }
  }

  stop() {
    this.audio.pause();
  }

  /** What is wrong with it. */
  note() {
    const { note, lost_s: lost } = this.take;
    const says = [
      this.audio.error && t('Its sound cannot be played: no contact, or it is damaged.'),
      told(note),
      lost && t('The disk was too slow for {seconds} s; silence stands for them.', { seconds: lost }),
    ].filter(Boolean);
    byId('take-note').hidden = !says.length;
    put(byId('take-note'), says.join(' '));
  }

  /** Show another moment. */
  move(toS) {
    this.atS = Math.min(this.take.duration_s, Math.max(0, toS));
    this.audio.currentTime = this.atS;
    this.point();
  }

  point() {
    const { atS, heard, take: { duration_s: duration } } = this;
    byId('take-cursor').style.left = `${(100 * atS) / duration}%`;
    put(byId('take-time'), `${clock(atS)} / ${length(this.take)}`);
    put(byId('values-title'), t('How it is played at {time}', { time: clock(atS) }));
    const k = heard ? nearest(heard.time_s, atS) : -1;
    const plays = k >= 0 && isHeard(heard.state[k]);
    const label = plays ? heard.label[k] : '';
    const share = plays ? percent(heard.probabilities[k][EMOTIONS.indexOf(label)]) : '';
    const says = plays ? `${called(label)} ${share}${heard.state[k] === 'unsure' ? '?' : ''}` : heard ? t('nobody plays') : '';
    const box = byId('take-heard');
    if (box.dataset.says !== says) {
      box.dataset.says = says;
      box.replaceChildren(...(label ? [shape(label)] : []), says);
    }
    byId('take-why').disabled = !plays;
    set(byId('take-stage'), 'aria-valuenow', String(Math.round(atS)));
    set(byId('take-stage'), 'aria-valuetext', `${clock(atS)}, ${says}`);
    this.values.forEach(({ bar, says: text }, n) => {
      const value = plays ? heard.mid_level[k][n] : 0;
      bar.style.transform = `scaleX(${Math.max(-1, Math.min(1, value / MOST_VALUE)).toFixed(3)})`;
      bar.classList.toggle('against', value < 0);
      put(text, plays ? signed(value) : '–');
    });
    byId('way-point').style.display = plays ? '' : 'none';
    if (plays) byId('way-point').style.transform = `translate(${100 * heard.valence[k]}px, ${-100 * heard.arousal[k]}px)`;
    set(byId('way'), 'data-emotion', label);
  }

  chip(tag) {
    const button = Object.assign(make('button', 'chip', `${tag} ✕`), { type: 'button' });
    button.setAttribute('aria-label', t('Remove the tag “{tag}”', { tag }));
    button.addEventListener('click', () => this.acts.change(this.take, { tags: this.take.tags.filter((each) => each !== tag) }));
    return make('li', '', button);
  }

  rename() {
    const name = byId('take-name').value.trim();
    if (!name) byId('take-name').value = this.take.name;
    else if (name !== this.take.name) this.acts.change(this.take, { name });
  }

  listen() {
    const { audio } = this;
    const button = byId('take-play');
    const toggle = () => {
      if (audio.error) audio.load();
      if (audio.paused) audio.play().catch(() => {});
      else audio.pause();
    };
    const draw = () => {
      const on = !audio.paused;
      button.classList.toggle('on', on);
      set(button, 'aria-label', on ? t('Pause') : t('Play'));
      cancelAnimationFrame(this.frame);
      if (on) this.follow();
    };
    for (const name of ['play', 'pause', 'ended', 'emptied']) audio.addEventListener(name, draw);
    for (const name of ['error', 'loadeddata']) audio.addEventListener(name, () => this.take && this.note());
    draw();
    button.addEventListener('click', toggle);
    const stage = byId('take-stage');
    const moveTo = ({ clientX }) => {
      const { left, width } = stage.getBoundingClientRect();
      this.move((this.take.duration_s * (clientX - left)) / width);
    };
    stage.addEventListener('pointerdown', (event) => {
      if (event.button) return;
      stage.setPointerCapture(event.pointerId);
      moveTo(event);
    });
    stage.addEventListener('pointermove', (event) => stage.hasPointerCapture(event.pointerId) && moveTo(event));
    stage.addEventListener('keydown', (event) => {
      const to = { ArrowLeft: -STEP_S, ArrowDown: -STEP_S, ArrowRight: STEP_S, ArrowUp: STEP_S, PageDown: -LEAP_S, PageUp: LEAP_S, Home: -Infinity, End: Infinity }[event.key];
      if (to !== undefined) this.move(this.atS + to);
      else if (event.key === ' ') toggle();
      else if (event.key === 'Enter') byId('take-why').click();
      else return;
      event.preventDefault();
    });
    byId('take-why').addEventListener('click', () => {
      this.stop();
      this.acts.explain(this.atS, this.take);
    });
    byId('take-delete').addEventListener('click', () => this.acts.remove(this.take));
    byId('take-name').addEventListener('change', () => this.rename());
    byId('take-name').addEventListener('keydown', ({ key, target }) => key === 'Enter' && target.blur());
    byId('meant').addEventListener('change', ({ target }) => this.acts.change(this.take, { meant: target.value }));
    byId('tags').addEventListener('submit', (event) => {
      event.preventDefault();
      const tag = byId('tag-new').value.trim();
      byId('tag-new').value = '';
      if (tag) this.acts.change(this.take, { tags: [...this.take.tags, tag] });
    });
    byId('compare-with').addEventListener('change', ({ target }) => (location.hash = `#takes/${this.take.id}+${target.value}`));
  }

  follow() {
    this.atS = this.audio.currentTime;
    this.point();
    this.frame = requestAnimationFrame(() => this.follow());
  }
}

/** The index of the time next to one; times go up. */
function nearest(times, at) {
  let [low, high] = [0, times.length - 1];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (times[middle] <= at) low = middle;
    else high = middle;
  }
  return at - times[low] < times[high] - at ? low : high;
}
