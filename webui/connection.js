/** The only link to the guitar: follows its event stream, notices silence, and comes back by itself. */

import { t } from './language.js';
import { told } from './told.js';

const SILENCE_MS = 1750; // looked at five times a second, so that a page is grey within two seconds
const RETRY_MS = 1000;
const LOOK_MS = 200;

export class Connection {
  /**
   * @param {string} url - of the event stream
   * @param {Object<string, function(Object)>} routes - who takes the events of each name
   * @param {function(?string)} onContact - told null when there is contact, else in words why not
   */
  constructor(url, routes, onContact) {
    this.url = url;
    this.routes = routes;
    this.onContact = onContact;
    this.source = null;
    this.retry = 0;
    this.trouble = undefined;
    this.heardAt = Date.now();
  }

  start() {
    this.open();
    setInterval(() => this.look(), LOOK_MS);
    // a page that nobody sees gives its place to another, and a phone that wakes up comes back at once
    document.addEventListener('visibilitychange', () => (document.hidden ? this.close() : this.open()));
    addEventListener('pagehide', () => this.close());
    addEventListener('pageshow', (event) => event.persisted && this.open());
    addEventListener('online', () => document.hidden || this.open());
  }

  open() {
    this.close();
    this.openedAt = Date.now();
    const source = new EventSource(this.url);
    this.source = source;
    for (const [name, take] of Object.entries(this.routes)) {
      source.addEventListener(name, (event) => {
        if (source !== this.source) return;
        this.heardAt = Date.now();
        this.say(null);
        take(JSON.parse(event.data));
      });
    }
    source.onerror = () => {
      if (source !== this.source) return;
      const refused = source.readyState === EventSource.CLOSED;
      source.close();
      if (refused) this.askWhy(source);
      else this.later(RETRY_MS);
    };
  }

  close() {
    clearTimeout(this.retry);
    this.source?.close();
    this.source = null;
  }

  later(ms) {
    clearTimeout(this.retry);
    this.retry = setTimeout(() => this.open(), ms);
  }

  /** An EventSource does not tell why it was refused; the same address, fetched, does. */
  async askWhy(source) {
    const abort = new AbortController();
    const timer = setTimeout(() => abort.abort(), SILENCE_MS);
    let wait = RETRY_MS;
    try {
      const answer = await fetch(this.url, { signal: abort.signal, cache: 'no-store' });
      if (!answer.ok) {
        const problem = await answer.json();
        wait = 1000 * (Number(answer.headers.get('Retry-After')) || 5);
        if (source === this.source) this.say(t('Not connected: {why}. Trying again every {seconds} s.', { why: told(problem.detail), seconds: wait / 1000 }));
      }
    } catch {
      // gone meanwhile: the watchdog says so
    }
    clearTimeout(timer);
    abort.abort();
    if (source === this.source) this.later(wait);
  }

  look() {
    if (!this.source || Date.now() - this.heardAt < SILENCE_MS) return;
    if (!this.trouble) this.say(t('No contact with the guitar, trying again'));
    // a connection that a sleeping phone or a lost Wi-Fi left half dead never reports an error
    if (this.source.readyState !== EventSource.CLOSED && Date.now() - this.openedAt > 2 * SILENCE_MS) this.open();
  }

  say(trouble) {
    if (trouble === this.trouble) return;
    this.trouble = trouble;
    this.onContact(trouble);
  }
}
