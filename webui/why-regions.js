/** The spectrogram with the regions that speak for or against: select them one by one, by hand or by key. */

import { byId, make, put, set } from './dom.js';
import { number, t } from './language.js';
import { MID_LEVEL, called, listed, signed } from './words.js';

const TICKS_HZ = [100, 200, 500, 1000, 2000, 5000];
const STRONGEST_TINT = 0.8;
const CLEAR = 2; // standard errors
const WORTH_NAMING = 0.3;

export class Regions {
  constructor() {
    this.list = byId('regions');
    this.image = make('img');
    Object.assign(this.image, { id: 'spectrogram', alt: t('Spectrogram') });
    this.list.before(this.image);
    this.picture = '';
    this.options = [];
    this.selected = null;
    this.list.addEventListener('click', ({ target }) => target.dataset.k && this.select(Number(target.dataset.k)));
    this.list.addEventListener('focus', () => this.selected ?? this.select(this.ranked?.[0]));
    this.list.addEventListener('keydown', (event) => this.key(event));
    byId('stronger').addEventListener('click', () => this.step(-1));
    byId('weaker').addEventListener('click', () => this.step(1));
  }

  /**
   * @param {?Object} job - as the guitar tells of it
   * @param {Object[]} regions - of its explanation; none to show the spectrogram alone
   */
  show(job, regions) {
    this.scale = job?.spectrogram ?? null;
    byId('picture').classList.toggle('empty', !this.scale);
    const url = this.scale ? `api/explanations/${job.id}/spectrogram.png` : '';
    if (url !== this.picture) {
      this.picture = url;
      if (url) this.image.src = url;
      this.axes();
    }
    this.of = job?.explanation?.of ?? '';
    this.take(this.scale ? regions : []);
  }

  axes() {
    if (!this.scale) return;
    const { t0_s: begin, t1_s: end } = this.scale;
    byId('hz').replaceChildren(...TICKS_HZ.map((hz) => {
      const tick = make('span', '', short(hz));
      tick.style.bottom = `${this.high(hz)}%`;
      return tick;
    }));
    const every = end - begin > 4 ? 1 : 0.5;
    const count = Math.max(0, Math.floor(end / every) - Math.ceil(begin / every) + 1);
    const ticks = Array.from({ length: count }, (_, k) => (Math.ceil(begin / every) + k) * every);
    // at the right end stands the unit
    byId('seconds').replaceChildren(...ticks.filter((at) => this.far(at) < 94).map((at) => {
      const tick = make('span', '', number(at));
      tick.style.left = `${this.far(at)}%`;
      return tick;
    }));
  }

  high(hz) {
    const { f0_hz: low, f1_hz: high } = this.scale;
    return (100 * Math.log(Math.min(high, Math.max(low, hz)) / low)) / Math.log(high / low);
  }

  far(seconds) {
    const { t0_s: begin, t1_s: end } = this.scale;
    return (100 * (Math.min(end, Math.max(begin, seconds)) - begin)) / (end - begin);
  }

  take(regions) {
    this.regions = regions;
    this.ranked = regions.map((_, k) => k).sort((a, b) => Math.abs(regions[b].weight) - Math.abs(regions[a].weight));
    const most = Math.abs(regions[this.ranked[0]]?.weight ?? 1) || 1;
    while (this.options.length < regions.length) this.options.push(this.option(this.options.length));
    this.list.replaceChildren(...this.options.slice(0, regions.length));
    this.list.hidden = byId('selection').hidden = regions.length === 0;
    regions.forEach((region, k) => {
      const option = this.options[k];
      option.className = `${region.weight < 0 ? 'con' : 'pro'}${region.chosen ? ' chosen' : ''}`;
      option.style.setProperty('--strength', (STRONGEST_TINT * Math.abs(region.weight) / most).toFixed(3));
      option.style.left = `${this.far(region.t0_s)}%`;
      option.style.width = `${this.far(region.t1_s) - this.far(region.t0_s)}%`;
      option.style.bottom = `${this.high(region.f0_hz)}%`;
      option.style.height = `${this.high(region.f1_hz) - this.high(region.f0_hz)}%`;
      set(option, 'aria-label', `${place(region)}: ${verdict(region, this.of)}`);
    });
    if (this.selected !== null && this.selected >= regions.length) this.selected = null;
    this.select(this.selected);
  }

  option(k) {
    const option = make('div');
    Object.assign(option, { id: `region-${k}`, role: 'option' });
    option.dataset.k = String(k);
    set(option, 'aria-selected', 'false');
    return option;
  }

  select(k) {
    this.options.forEach((option, j) => set(option, 'aria-selected', String(j === k)));
    this.selected = k ?? null;
    const region = this.regions?.[k];
    byId('selected').hidden = !region;
    byId('hint').hidden = Boolean(region);
    if (!region) return this.list.removeAttribute('aria-activedescendant');
    set(this.list, 'aria-activedescendant', `region-${k}`);
    set(byId('selected'), 'data-sign', region.weight < 0 ? 'con' : 'pro');
    put(byId('region-rank'), t('{rank} of {all}', { rank: this.ranked.indexOf(k) + 1, all: this.regions.length }));
    put(byId('region-place'), place(region));
    put(byId('region-verdict'), verdict(region, this.of));
    put(byId('region-through'), this.of in MID_LEVEL ? '' : through(region));
    byId('stronger').disabled = this.ranked[0] === k;
    byId('weaker').disabled = this.ranked.at(-1) === k;
  }

  /** To the next stronger (-1) or weaker (1). */
  step(by) {
    const at = this.ranked.indexOf(this.selected);
    this.select(this.ranked[Math.min(this.ranked.length - 1, Math.max(0, at + by))]);
  }

  key(event) {
    const [dx, dy] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key] ?? [0, 0];
    if (dx || dy) this.select(this.beside(dx, dy) ?? this.selected);
    else if (event.key === 'Home') this.select(this.ranked[0]);
    else if (event.key === 'End') this.select(this.ranked.at(-1));
    else if (event.key === 'PageUp') this.step(-1);
    else if (event.key === 'PageDown') this.step(1);
    else return;
    event.preventDefault();
  }

  /** The nearest region in a direction. */
  beside(dx, dy) {
    const centre = (r) => [(this.far(r.t0_s) + this.far(r.t1_s)) / 2, (this.high(r.f0_hz) + this.high(r.f1_hz)) / 2];
    const [x, y] = centre(this.regions[this.selected ?? this.ranked[0]]);
    let best = null;
    let least = Infinity;
    this.regions.forEach((region, k) => {
      const [rx, ry] = centre(region);
      const ahead = (rx - x) * dx + (ry - y) * dy;
      const aside = Math.abs((rx - x) * dy) + Math.abs((ry - y) * dx);
      if (ahead > 0.01 && aside <= ahead + 3 && ahead + 3 * aside < least) [best, least] = [k, ahead + 3 * aside];
    });
    return best;
  }

  /** Where the sound is that is heard now; null when none is. */
  play(seconds) {
    byId('playhead').hidden = seconds === null || !this.scale;
    if (seconds !== null && this.scale) byId('playhead').style.left = `${this.far(seconds)}%`;
  }
}

const short = (hz) => (hz < 1000 ? number(Math.round(hz / 10) * 10) : `${number(Math.round(hz / 100) / 10)}k`);

function place({ t0_s: t0, t1_s: t1, f0_hz: f0, f1_hz: f1 }) {
  const values = { low: short(f0), high: short(f1), begin: number(t0, 1), end: number(t1, 1) };
  if (f0 <= 0) return t('below {high} Hz, {begin} to {end} s', values);
  return f1 >= 8000 ? t('above {low} Hz, {begin} to {end} s', values) : t('{low} to {high} Hz, {begin} to {end} s', values);
}

export function verdict({ weight, se }, of) {
  const size = `${signed(weight, 2)}${Number.isFinite(se) ? ` ± ${number(se, 2)}` : ''}`;
  const values = { what: called(of), size };
  if (Math.abs(weight) < CLEAR * se) return t('too small to tell from chance ({size})', values);
  if (of in MID_LEVEL) return weight < 0 ? t('lowers {what} ({size})', values) : t('raises {what} ({size})', values);
  return weight < 0 ? t('speaks against {what} ({size})', values) : t('speaks for {what} ({size})', values);
}

function through({ through: ways, weight }) {
  const along = Object.entries(ways).filter(([, v]) => v * weight > 0).sort(([, a], [, b]) => Math.abs(b) - Math.abs(a));
  const named = along.filter(([, v]) => Math.abs(v) > WORTH_NAMING * Math.abs(along[0][1])).slice(0, 3).map(([name]) => called(name));
  return named.length ? t('By way of {features}.', { features: listed(named) }) : '';
}
