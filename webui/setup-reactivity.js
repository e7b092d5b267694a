/** How quickly Affetto follows: one slider, and the last minute as it was beside the same as it would be. */

import { ask } from './ask.js';
import { byId, make, put, set } from './dom.js';
import { plural, t } from './language.js';
import { nearest, PACES, paced } from './pace.js';
import { GATE } from './setup-input.js';
import { more } from './setting-field.js';
import { draw } from './takes-strip.js';
import { EMOTIONS } from './words.js';

const SETTLED_MS = 150;
const REFRESH_MS = 5000;

export class Card {
  constructor(setup, body) {
    this.setup = setup;
    this.more = more(setup, setup.settings.rest('decision', ...GATE));
    body.append(this.more.node);
    this.slider = byId('pace');
    this.slider.addEventListener('input', () => this.moved());
    byId('pace-use').addEventListener('click', () => this.use());
    byId('pace-back').addEventListener('click', () => this.show());
  }

  open() {
    this.refresh = setInterval(() => this.preview(), REFRESH_MS);
  }

  close() {
    clearInterval(this.refresh);
    clearTimeout(this.timer);
  }

  /** The slider stands where the settings in force are. */
  show() {
    this.more.show();
    const { pace, exact } = nearest(this.setup.settings.values.decision);
    Object.assign(this, { saved: pace, exact });
    this.slider.value = pace;
    this.moved(0);
  }

  get wanted() {
    const pace = Number(this.slider.value);
    return pace === this.saved ? {} : paced(pace);
  }

  moved(afterMs = SETTLED_MS) {
    const pace = Number(this.slider.value);
    const isNew = pace !== this.saved;
    const { hold_s: holdS, window_s: windowS } = isNew ? paced(pace) : this.setup.settings.values.decision;
    set(this.slider, 'aria-valuetext', PACES[pace]);
    const says = t('{pace}: a mood stays for {hold} s at least, and is heard from up to {window} s of playing.', { pace: PACES[pace], hold: holdS, window: windowS });
    put(byId('pace-says'), says + (isNew || this.exact ? '' : ` ${t('Set by hand below.')}`));
    byId('pace-use').disabled = byId('pace-back').disabled = !isNew;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.preview(), afterMs);
  }

  async preview() {
    try {
      const answer = await ask('api/preview/reactivity', this.wanted);
      strip('was', answer.before, answer.every_s);
      strip('would', answer, answer.every_s);
      put(byId('pace-trouble'), '');
    } catch (error) {
      put(byId('pace-trouble'), error.status === 409 ? t('Nothing has been heard yet: play a little.') : error.message);
    }
  }

  use() {
    const patch = Object.fromEntries(Object.entries(this.wanted).map(([name, value]) => [`decision.${name}`, value]));
    return this.setup.change(patch, (text) => put(byId('pace-trouble'), text));
  }
}

/** A minute as stretches of colours, and in words. */
function strip(id, { told, changes_per_minute: changes }, everyS) {
  const emotionOf = (letter) => EMOTIONS.find((name) => name[0] === letter.toLowerCase()) ?? '';
  draw(byId(id), [...told].map((letter, k) => ({ emotion: emotionOf(letter), unsure: letter !== letter.toUpperCase(), from: k / told.length, to: (k + 1) / told.length })));
  const says = plural(Math.round(changes), '{count} change a minute', '{count} changes a minute');
  const heard = EMOTIONS.map((name) => [name, everyS * [...told].filter((letter) => emotionOf(letter) === name).length]);
  put(byId(`${id}-says`), says);
  set(byId(id), 'aria-label', [...heard.filter(([, seconds]) => seconds).map(([name, seconds]) => `${t(name)} ${Math.round(seconds)} s`), says].join(', '));
}
