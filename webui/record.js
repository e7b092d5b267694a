/** Recording, and keeping what was just played: for whatever part of the page has a button for it. */

import { ask } from './ask.js';
import { byId, make, put } from './dom.js';
import { t } from './language.js';
import { onChange } from './owner.js';
import { clock } from './takes-words.js';
import { told } from './told.js';

const ALL_S = 86400;
const LEAST_S = 1;
const SLACK_MS = 1000;

/** Make a take of the newest seconds in memory. */
export const keep = (seconds = ALL_S) => ask('api/takes/keep', { seconds });

/** @param {?Object} takes - what the status says of takes; null without contact */
export const canKeep = (takes) => takes?.in_memory_s >= LEAST_S;

export class RecordButton {
  /**
   * @param {Element} button - of an <i>, the sign, and a <span>, the word
   * @param {function(Promise)} onAct - given the answer of the guitar to what was asked
   */
  constructor(button, onAct) {
    this.button = button;
    this.began = NaN;
    button.addEventListener('click', () => onAct(ask(this.running ? 'api/takes/stop' : 'api/takes/record', {})));
    this.setState(null);
  }

  setState(takes) {
    this.running = takes?.state === 'recording';
    this.button.disabled = !takes || takes.state === 'starting';
    this.button.classList.toggle('running', this.running);
    const began = this.running ? performance.now() - 1000 * takes.recorded_s : NaN;
    // statuses come a little early or late; by more than that, sound was lost or another recording runs
    if (!(Math.abs(began - this.began) < SLACK_MS)) this.began = began;
    this.show();
  }

  /** A status comes once a second, or a little later: the seconds between are counted here, so that none is skipped. */
  show() {
    clearTimeout(this.tick);
    if (!this.running) return put(this.button.lastElementChild, t('Record'));
    const ms = performance.now() - this.began;
    put(this.button.lastElementChild, t('Stop {time}', { time: clock(ms / 1000) }));
    this.tick = setTimeout(() => this.show(), 1000 - (ms % 1000));
  }
}

/** The buttons beside what is heard live, for the owner. */
export class LiveTakes {
  constructor() {
    this.button = new RecordButton(byId('live-record'), (act) => this.say(act));
    byId('live-keep').addEventListener('click', () => this.say(keep()));
    this.mayAll = this.has = false;
    onChange(({ owner }) => {
      this.mayAll = owner;
      this.show();
    });
  }

  setState(status) {
    const takes = status?.takes ?? null;
    if (status) this.has = Boolean(takes);
    this.show();
    this.button.setState(takes);
    byId('live-keep').disabled = !canKeep(takes);
    if (takes && ['full', 'failed'].includes(takes.state)) put(byId('live-takes-says'), told(takes.note));
  }

  show() {
    byId('live-takes').hidden = !this.mayAll || !this.has;
  }

  async say(act) {
    const says = byId('live-takes-says');
    try {
      const { id, name, state } = await act;
      const link = Object.assign(make('a', '', t('Kept as “{name}”: listen', { name })), { href: `#takes/${id}` });
      says.replaceChildren(...(state === 'ready' ? [link] : []));
    } catch (error) {
      put(says, told(error.message));
    }
  }
}
