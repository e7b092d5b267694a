/** The last minutes as a strip of colours and letters: any moment of it can be chosen, to be told why. */

import { byId, make, put, set } from './dom.js';
import { t } from './language.js';
import { told } from './told.js';
import { EMOTIONS, called } from './words.js';

const HEARD = ['live', 'unsure'];
const NOBODY = '-';
const STEP_S = 1;
const LEAP_S = 10;
const GAP_S = 1;
const LETTER_SHARE = 0.035; // of the strip; narrower runs have no room for their letter
const emotionOf = (letter) => EMOTIONS.find((emotion) => emotion[0] === letter?.toLowerCase());

export class Timeline {
  /**
   * @param {function(?number)} onChoose - told the moment in seconds of the recording, or null for now
   * @param {function(Object)} onFilled - told what /api/explanations/moments says, after this page has missed something
   */
  constructor(onChoose, onFilled) {
    this.onChoose = onChoose;
    this.onFilled = onFilled;
    this.everyS = 0.5;
    this.keepS = 120;
    this.spanS = null;
    this.told = new Map(); // letter of each stretch, by its number
    this.newestS = 0;
    this.newestAt = 0;
    this.endS = 0;
    this.shiftS = 0; // the strip's time minus the recording's, which begins anew when the service does
    this.restartS = -Infinity; // in the strip's time
    this.atS = null; // null is now
    this.paused = this.dragging = this.filled = false;
    this.shown = true;
    this.pool = [];
    this.listen();
  }

  setState(prediction) {
    if (!prediction) {
      this.filled = false;
      return;
    }
    const { time_s: time, state, label } = prediction;
    if (![...HEARD, 'silent'].includes(state)) return;
    this.hear(time);
    const stretch = Math.floor(this.newestS / this.everyS);
    const letter = state === 'silent' || !label ? NOBODY : state === 'live' ? label[0].toUpperCase() : label[0];
    const isNew = !this.told.has(stretch);
    this.told.set(stretch, letter);
    if (isNew) this.draw();
  }

  setStatus(status) {
    if (!status) return;
    const about = status.explanations;
    byId('timeline').hidden = !about;
    if (!about) return;
    if (this.keepS !== about.keep_s || !byId('ticks').childElementCount) this.ticks(about.keep_s);
    this.keepS = about.keep_s;
    if (about.span_s?.[1] > 0) this.hear(about.span_s[1], false);
    this.spanS = about.span_s?.map((time) => time + this.shiftS);
    if (!(this.atS <= this.restartS) || this.atS === null) put(byId('strip-says'), about.note ? told(about.note) : t('Tap a moment to be told why it sounds as it does.'));
    if (!this.filled) this.fill();
  }

  /** The newest moment in seconds of the recording. */
  get heardS() {
    return this.newestS - this.shiftS;
  }

  /** Note the recording's time: it may have begun anew, or gone on while this page did not follow. */
  hear(time, told = true) {
    const awayS = (Date.now() - this.newestAt) / 1000;
    if (this.newestAt && time < this.heardS - GAP_S) this.restart(time, awayS);
    else if (time > this.heardS + GAP_S) this.filled = false;
    if (!told) return;
    this.newestS = time + this.shiftS;
    this.newestAt = Date.now();
  }

  /** What was heard before stays to be seen; the service has forgotten its sound. */
  restart(time, awayS) {
    // whole stretches, so that what is told of both lies on one grid
    const beganS = Math.ceil((this.newestS + Math.max(0, awayS - time)) / this.everyS) * this.everyS;
    this.restartS = beganS;
    this.shiftS = beganS;
    this.newestS = beganS + time;
    this.newestAt = Date.now();
    this.atS = this.spanS = null;
    this.filled = false;
    this.pause(false);
  }

  ticks(keepS) {
    byId('ticks').replaceChildren(...[keepS, keepS / 2, 0].map((seconds) => make('span', '', ago(seconds))));
  }

  /** What was told while this page did not follow comes from the guitar. */
  async fill() {
    this.filled = true;
    try {
      const answer = await fetch('api/explanations/moments', { cache: 'no-store' });
      if (!answer.ok) return;
      const moments = await answer.json();
      this.everyS = moments.every_s;
      const first = Math.round((moments.from_s + this.shiftS) / this.everyS);
      [...moments.told].forEach((letter, k) => this.told.set(first + k, letter));
      this.onFilled(moments);
      this.draw();
    } catch {
      this.filled = false;
    }
  }

  pause(paused) {
    this.paused = paused;
    set(byId('pause'), 'aria-pressed', String(paused));
    put(byId('pause'), paused ? t('Go on') : t('Pause'));
    byId('timeline').classList.toggle('paused', paused);
    this.draw();
  }

  /** Go on noting what is told, but draw it only when it can be seen. */
  show(shown) {
    this.shown = shown;
    this.draw();
  }

  draw() {
    if (!this.shown) return;
    if (!this.paused && !this.dragging) this.endS = this.newestS;
    const beginS = this.endS - this.keepS;
    const oldestS = this.restartS > beginS ? beginS : this.oldestS();
    for (const stretch of this.told.keys()) if ((stretch + 1) * this.everyS < this.newestS - this.keepS - LEAP_S) this.told.delete(stretch);
    this.runs(oldestS).forEach(({ letter, fromS, toS }, k) => {
      const share = (toS - fromS) / this.keepS;
      const run = this.run(k);
      run.hidden = false;
      set(run, 'data-emotion', emotionOf(letter));
      run.classList.toggle('unsure', letter !== letter.toUpperCase());
      run.classList.toggle('gone', toS <= this.restartS);
      run.style.left = `${(100 * (fromS - beginS)) / this.keepS}%`;
      run.style.width = `${100 * share}%`;
      put(run, share > LETTER_SHARE ? called(emotionOf(letter))[0].toLocaleUpperCase() : '');
    });
    this.point();
  }

  /** Stretches side by side that say the same, as one. */
  runs(oldestS) {
    const runs = [];
    for (let k = Math.floor(oldestS / this.everyS); k * this.everyS < this.endS; k++) {
      const letter = this.told.get(k);
      if (!emotionOf(letter)) continue;
      const toS = Math.min((k + 1) * this.everyS, this.endS);
      const last = runs.at(-1);
      if (last?.letter === letter && last.k === k - 1) Object.assign(last, { toS, k });
      else runs.push({ letter, fromS: Math.max(k * this.everyS, oldestS), toS, k });
    }
    for (const spare of this.pool.slice(runs.length)) spare.hidden = true;
    return runs;
  }

  run(k) {
    if (!this.pool[k]) {
      this.pool[k] = make('i');
      byId('runs').append(this.pool[k]);
    }
    return this.pool[k];
  }

  /** The oldest moment of the strip that can still be explained. */
  oldestS() {
    return Math.max(this.spanS?.[0] ?? -Infinity, this.restartS, this.endS - this.keepS, 0);
  }

  point() {
    const oldestS = this.spanS ? this.oldestS() : this.newestS;
    const gone = this.atS !== null && this.atS <= this.restartS;
    if (this.atS !== null && this.atS < (gone ? this.endS - this.keepS : oldestS)) this.atS = null;
    const agoS = this.atS === null ? 0 : this.newestS - this.atS;
    const shown = this.atS ?? this.endS;
    const letter = this.told.get(Math.floor((shown - 1e-6) / this.everyS));
    const emotion = emotionOf(letter);
    const heard = emotion ? called(emotion) : letter === NOBODY ? t('nobody plays') : t('not known');
    const says = `${agoS < 0.5 ? t('now') : t('{seconds} s ago', { seconds: Math.round(agoS) })}: ${gone ? t('{emotion}, before a restart', { emotion: heard }) : heard}`;
    const strip = byId('strip');
    byId('cursor').style.left = `${100 * (1 - (this.endS - shown) / this.keepS)}%`;
    byId('cursor').classList.toggle('late', shown - this.endS > (gone ? -0.5 : -0.25) * this.keepS);
    put(byId('cursor-says'), says);
    const seenS = this.restartS > this.endS - this.keepS ? this.endS - this.keepS : oldestS;
    set(strip, 'aria-valuemin', String(-Math.round(Math.min(this.keepS, this.newestS - seenS))));
    set(strip, 'aria-valuenow', String(-Math.round(agoS)));
    set(strip, 'aria-valuetext', says);
  }

  /** Move to a moment that can be explained, or was heard before a restart; the newest is now. */
  move(toS) {
    const oldestS = toS < this.restartS ? this.endS - this.keepS : this.oldestS();
    this.atS = toS >= this.endS && !this.paused ? null : Math.min(this.endS, Math.max(oldestS + 0.1, toS));
    this.point();
  }

  choose() {
    if (this.atS !== null && this.atS <= this.restartS) {
      put(byId('strip-says'), t('That was heard before the guitar’s service was restarted: it can be seen, but no longer be explained.'));
    } else this.onChoose(this.atS === null ? null : this.atS - this.shiftS);
  }

  listen() {
    const strip = byId('strip');
    const moveTo = ({ clientX }) => {
      const { left, width } = strip.getBoundingClientRect();
      this.move(this.endS - this.keepS * (1 - (clientX - left) / width));
    };
    strip.addEventListener('pointerdown', (event) => {
      if (event.button) return;
      this.dragging = true;
      strip.setPointerCapture(event.pointerId);
      moveTo(event);
    });
    strip.addEventListener('pointermove', (event) => this.dragging && moveTo(event));
    strip.addEventListener('pointerup', () => {
      if (!this.dragging) return;
      this.dragging = false;
      this.choose();
    });
    strip.addEventListener('pointercancel', () => (this.dragging = false));
    strip.addEventListener('keydown', (event) => {
      const now = this.atS ?? this.endS;
      const to = {
        ArrowLeft: now - STEP_S, ArrowDown: now - STEP_S, ArrowRight: now + STEP_S, ArrowUp: now + STEP_S,
        PageDown: now - LEAP_S, PageUp: now + LEAP_S, Home: -Infinity, End: Infinity,
      }[event.key];
      if (to !== undefined) this.move(to);
      else if (event.key === 'Enter' || event.key === ' ') this.choose();
      else return;
      event.preventDefault();
    });
    byId('pause').addEventListener('click', () => this.pause(!this.paused));
    byId('why-now').addEventListener('click', () => this.onChoose(null));
  }
}

function ago(seconds) {
  if (!seconds) return t('now');
  return seconds < 60 ? t('{seconds} s ago', { seconds }) : t('{minutes} min ago', { minutes: Number((seconds / 60).toFixed(1)) });
}
