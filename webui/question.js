/** A question to the guitar, its answer as it gets better, and what can come between. */

import { t } from './language.js';
import { told } from './told.js';

const POLL_MS = 500;
const RETRY_S = 2;

/** What a person is told when there is no answer: which detail of the guitar means what. */
const TROUBLES = [
  [/nobody plays/, t('Nobody played then')],
  [/no longer kept|there is no sound at/, t('Too long ago')],
  [/nothing has been heard/, t('Nothing heard yet')],
  [/pip install/, t('Not installed')],
  [/switched off/, t('Explanations are off')],
  [/process that explains .*(ended|killed|memory|answer|unforeseen)/, t('The explainer stopped')],
  [/too much memory|took longer/, t('Too much for this guitar')],
];

export class Question {
  /**
   * @param {Object} body - as POST /api/explanations takes it
   * @param {function(Object)} onNews - told the state, progress and best explanation so far, again and again
   * @param {function(Object)} onTrouble - told title and detail; `again` is whether asking again may help, and
   *   `againS` after how many seconds it is asked again by itself
   */
  constructor(body, onNews, onTrouble) {
    Object.assign(this, { body, onNews, onTrouble, job: null, over: false, source: null, timer: 0 });
    this.ask();
  }

  async ask() {
    try {
      const answer = await fetch('api/explanations', {
        method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(this.body),
      });
      const said = await answer.json();
      if (!answer.ok) return this.refused(answer, said);
      this.job = said.id;
      if (this.over) return this.forget();
      this.take(said);
      if (!this.over) this.follow();
    } catch {
      this.lost(() => this.ask());
    }
  }

  refused(answer, { detail }) {
    if (this.over) return;
    if (answer.status === 429) {
      const againS = Number(answer.headers.get('Retry-After')) || 5;
      this.trouble(t('Others are asking too'), detail, { againS });
      this.timer = setTimeout(() => this.ask(), 1000 * againS);
      return;
    }
    this.over = true;
    const title = answer.status === 503 ? t('Nobody can explain now') : t('This cannot be explained');
    this.trouble(title, detail, { again: answer.status >= 500 });
  }

  follow() {
    this.source = new EventSource(`${this.url}/events`);
    this.source.addEventListener('explanation', (event) => this.take(JSON.parse(event.data)));
    // refused since too many follow, or lost: asking again and again does as well, and tells which
    this.source.onerror = () => {
      this.source.close();
      this.poll();
    };
  }

  async poll() {
    if (this.over) return;
    try {
      const answer = await fetch(this.url, { cache: 'no-store' });
      if (answer.ok) {
        this.take(await answer.json());
        this.timer = setTimeout(() => this.poll(), POLL_MS);
      } else {
        this.over = true;
        this.trouble(t('The guitar has forgotten this question'), t('It was started anew; ask again.'), { again: true });
      }
    } catch {
      this.lost(() => this.poll());
    }
  }

  take(news) {
    if (this.over) return;
    this.over = !['queued', 'running'].includes(news.state);
    if (this.over) this.source?.close();
    this.onNews(news);
    if (news.state === 'failed') this.trouble(t('No answer'), news.note, { again: true });
  }

  lost(retry) {
    if (this.over) return;
    this.trouble(t('No contact with the guitar'), t('Is it on, and this device in its Wi-Fi?'), { againS: RETRY_S });
    this.timer = setTimeout(retry, 1000 * RETRY_S);
  }

  trouble(title, detail, how) {
    const known = TROUBLES.find(([pattern]) => pattern.test(detail ?? ''));
    this.onTrouble({ title: known?.[1] ?? title, detail: told(detail), ...how });
  }

  /** Stop asking, and let the guitar stop working on it. */
  cancel() {
    clearTimeout(this.timer);
    this.source?.close();
    if (!this.over && this.job) this.forget();
    this.over = true;
  }

  forget() {
    fetch(this.url, { method: 'DELETE', keepalive: true }).catch(() => {});
  }

  get url() {
    return `api/explanations/${this.job}`;
  }
}
