/** What the guitar finds when it examines itself, and its log; both to be copied for somebody who helps. */

import { ask } from './ask.js';
import { byId, make, put } from './dom.js';
import { plural, t } from './language.js';
import { told } from './told.js';

const SIGNS = { ok: '✓', warn: '!', fail: '✕', DEBUG: '·', INFO: '·', WARNING: '!', ERROR: '✕', CRITICAL: '✕' };
const KINDS = { WARNING: 'warn', ERROR: 'fail', CRITICAL: 'fail' };
const POLL_MS = 2000;
const MOST_LINES = 300;

export class Card {
  constructor() {
    this.last = 0;
    byId('doctor').addEventListener('click', () => this.examine());
    byId('doctor-copy').addEventListener('click', () => copy(byId('findings'), byId('doctor-copy')));
    byId('log-copy').addEventListener('click', () => copy(byId('log'), byId('log-copy')));
  }

  open() {
    this.isOpen = true;
    this.read();
  }

  close() {
    this.isOpen = false;
    clearTimeout(this.timer);
  }

  async examine() {
    byId('doctor').disabled = true;
    put(byId('doctor-says'), t('The guitar examines itself …'));
    try {
      const { findings } = await ask('api/doctor');
      byId('findings').replaceChildren(...findings.map(({ check, result, detail, remedy }) =>
        make('li', result, make('b', '', `${told(check)}: `), told(detail), ...(remedy ? [make('small', '', `→ ${told(remedy)}`)] : []))));
      [...byId('findings').children].forEach((item, k) => (item.dataset.sign = SIGNS[findings[k].result]));
      const bad = findings.filter(({ result }) => result !== 'ok').length;
      put(byId('doctor-says'), bad ? plural(bad, '{count} thing to look at', '{count} things to look at') : t('All is well.'));
      byId('doctor-copy').hidden = false;
    } catch (error) {
      put(byId('doctor-says'), error.status === 429 ? t('It is examining itself already.') : error.message);
    }
    byId('doctor').disabled = false;
  }

  async read() {
    clearTimeout(this.timer);
    const log = byId('log');
    try {
      const { lines, last } = await ask(`api/logs?after=${this.last}`);
      if (last < this.last) log.replaceChildren(); // started anew
      const atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 40;
      log.append(...lines.map(({ time, level, text }) => {
        const line = make('p', KINDS[level] ?? '', make('time', '', time.slice(11, 19)), ` ${text}`);
        line.dataset.sign = SIGNS[level] ?? '·';
        return line;
      }));
      while (log.childElementCount > MOST_LINES) log.firstChild.remove();
      if (atEnd) log.scrollTop = log.scrollHeight;
      this.last = last;
    } catch {
      // the page says already that there is no contact
    }
    if (this.isOpen) this.timer = setTimeout(() => this.read(), POLL_MS);
  }
}

/** A page without HTTPS has no clipboard interface: there, what is selected is copied. */
async function copy(list, button) {
  const text = [...list.children].map((item) => `${item.dataset.sign} ${item.textContent}`).join('\n');
  const box = make('textarea', 'hidden', text);
  button.after(box);
  box.select();
  const done = navigator.clipboard ? await navigator.clipboard.writeText(text).then(() => true, () => false) : document.execCommand('copy');
  box.remove();
  button.focus();
  put(button, done ? t('Copied') : t('Select it, and copy by hand'));
}
