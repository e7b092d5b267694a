/** The input level, and the lights as the instrument shows them. */

import { byId, make, put, set } from './dom.js';
import { number, t } from './language.js';

const FLOOR_DBFS = -60;
const PEAK_HOLD_MS = 1500;
const CLIP_HOLD_MS = 2000;
const MOST_DOTS = 48;
const OLD = ['stale', 'lost'];

export class Level {
  /** @param {string} prefix - of the ids of what it draws */
  constructor(prefix = '') {
    this.byId = (id) => byId(prefix + id);
    this.peak = FLOOR_DBFS;
    this.peakAt = this.clippedAt = 0;
    this.setState(null);
  }

  setState(prediction) {
    if (OLD.includes(prediction?.state)) prediction = null;
    const now = Date.now();
    const level = Math.max(FLOOR_DBFS, prediction?.level_dbfs ?? FLOOR_DBFS);
    if (level >= this.peak || now - this.peakAt > PEAK_HOLD_MS || !prediction) {
      this.peak = level;
      this.peakAt = now;
    }
    if (!prediction) this.clippedAt = 0;
    if (prediction?.clipped) this.clippedAt = now;
    // a cover over the coloured scale, drawn back from the right
    this.byId('level').style.transform = `scaleX(${(level / FLOOR_DBFS).toFixed(3)})`;
    this.byId('peak').style.left = `${(100 * (1 - this.peak / FLOOR_DBFS)).toFixed(1)}%`;
    this.byId('clip').hidden = now - this.clippedAt > CLIP_HOLD_MS;
    put(this.byId('decibels'), prediction ? `${level <= FLOOR_DBFS ? '< ' : ''}${number(Math.round(level))} dB` : '–');
  }
}

export class Leds {
  /** @param {string} prefix - of the id of what it draws */
  constructor(prefix = '') {
    this.list = byId(`${prefix}leds`);
    this.setState(null);
  }

  setState(prediction) {
    const { list } = this;
    const colours = prediction?.leds ?? [];
    const every = Math.ceil(colours.length / MOST_DOTS) || 1;
    const shown = colours.filter((_, k) => k % every === 0);
    if (list.childElementCount !== shown.length) list.replaceChildren(...shown.map(() => make('i')));
    shown.forEach((colour, k) => {
      const dot = list.children[k];
      if (dot.dataset.colour === colour) return;
      dot.dataset.colour = colour;
      dot.style.setProperty('--led', colour);
      dot.classList.toggle('off', /^#0+$/.test(colour));
    });
    const lit = colours.filter((colour) => !/^#0+$/.test(colour)).length;
    set(list, 'aria-label', colours.length ? t('{lit} of {all} lights are on', { lit, all: colours.length }) : t('no lights'));
    set(list, 'data-empty', colours.length ? '' : prediction ? t('none set up') : '–');
  }
}
