/** The sources as switches, and the four changes that can be asked for. */

import { byId, make, put, set, shape } from './dom.js';
import { number, t } from './language.js';
import { told } from './told.js';
import { verdict } from './why-regions.js';
import { EMOTIONS, called, listed, percent } from './words.js';

export const OFF_DB = -25;

export class Sources {
  /** @param {function(boolean[])} onSwitch - told which are on */
  constructor(onSwitch) {
    this.onSwitch = onSwitch;
    this.rows = [];
  }

  show(explanation) {
    const sources = explanation?.sources ?? [];
    byId('sources').hidden = sources.length === 0;
    const key = sources.map(({ name }) => name).join('|');
    if (key !== this.key) {
      this.key = key;
      this.rows = sources.map((source) => this.row(source));
      byId('switches').replaceChildren(...this.rows.map(({ item }) => item));
    }
    const most = Math.max(1e-9, ...sources.map(({ weight }) => Math.abs(weight)));
    sources.forEach((source, k) => {
      const { bar, says } = this.rows[k];
      bar.style.transform = `scaleX(${(source.weight / most).toFixed(3)})`;
      bar.className = `fill ${source.weight < 0 ? 'con' : 'pro'}`;
      put(says, verdict(source, explanation.of));
    });
  }

  row({ name }) {
    const [what, ...more] = told(name).split(', ');
    const button = make('button', 'switch', make('span', 'knob'), make('span', '', what[0].toLocaleUpperCase() + what.slice(1), make('small', '', more.join(', '))));
    button.type = 'button';
    set(button, 'role', 'switch');
    set(button, 'aria-checked', 'true');
    button.addEventListener('click', () => {
      set(button, 'aria-checked', String(button.getAttribute('aria-checked') !== 'true'));
      this.onSwitch(this.on);
    });
    const bar = make('div', 'fill');
    const track = make('div', 'diverging', bar);
    track.setAttribute('aria-hidden', 'true');
    const says = make('small');
    return { item: make('li', '', button, make('div', 'weight', track, says)), what, button, bar, says };
  }

  get on() {
    return this.rows.map(({ button }) => button.getAttribute('aria-checked') === 'true');
  }

  /** Their names, and what is switched. */
  describe() {
    const off = this.rows.filter((_, k) => !this.on[k]).map(({ what }) => what);
    return off.length ? t('without {sources}', { sources: listed(off) }) : t('everything on');
  }
}

export class WhatIf {
  /** @param {function(string)} onAsk - told the emotion that there shall be more of */
  constructor(onAsk) {
    const wishes = {
      aggressive: t('Make it more aggressive'), happy: t('Make it happier'), relaxed: t('Make it more relaxed'), sad: t('Make it sadder'),
    };
    byId('wishes').replaceChildren(...EMOTIONS.map((emotion) => {
      const button = make('button', 'wish', shape(emotion), wishes[emotion]);
      button.type = 'button';
      button.dataset.emotion = emotion;
      button.addEventListener('click', () => onAsk(emotion));
      return button;
    }));
  }

  /** @param {?Object} explanation @param {?string} asked - the emotion that is being looked for */
  show(explanation, asked) {
    for (const button of byId('wishes').children) set(button, 'aria-pressed', String(button.dataset.emotion === asked));
    const change = explanation?.whatif;
    byId('change').hidden = !change;
    if (!change) return;
    put(byId('change-says'), change.parts.length ? change.parts.map(({ name, gain_db: db }) => `${told(name).split(', ')[0]} ${db > 0 ? '+' : '−'}${number(Math.abs(db))} dB`).join(' · ') : t('nothing changed'));
    byId('before-after').replaceChildren(...EMOTIONS.map((emotion) => {
      const before = change.before.probabilities[emotion];
      const after = change.after.probabilities[emotion];
      const [bar, mark] = [make('div', 'fill'), make('i', 'was')];
      bar.style.transform = `scaleX(${after.toFixed(3)})`;
      mark.style.left = `${(100 * before).toFixed(1)}%`;
      const track = make('div', 'track', bar, mark);
      track.setAttribute('aria-hidden', 'true');
      const moved = Math.round(100 * after) - Math.round(100 * before);
      const row = make('li', '', shape(emotion), make('span', '', called(emotion)), track, make('b', '', `${percent(before)} → ${percent(after)}`), make('small', '', moved ? `${moved > 0 ? '+' : '−'}${Math.abs(moved)}` : '±0'));
      row.dataset.emotion = emotion;
      row.classList.toggle('top', emotion === change.of);
      return row;
    }));
  }
}
