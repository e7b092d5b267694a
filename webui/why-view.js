/** Everything there is to say about one moment: asks, follows how the answer gets better, and lets it be heard. */

import { byId, make, put, set } from './dom.js';
import { number, plural, t } from './language.js';
import { Question } from './question.js';
import { Effects } from './why-effects.js';
import { Listen } from './why-listen.js';
import { Regions } from './why-regions.js';
import { phrase } from './told.js';
import { OFF_DB, Sources, WhatIf } from './why-sources.js';
import { CUES, EMOTIONS, FEATURES, called } from './words.js';

const GOING = ['queued', 'running'];
const FIRST_WORDS = { queued: t('Others are answered first …'), running: t('Listening to it again …') };

export class WhyView {
  /** @param {function(): number} nowS - the newest second of the recording */
  constructor(nowS) {
    this.nowS = nowS;
    this.view = byId('why-view');
    this.effects = new Effects();
    this.regions = new Regions();
    this.listen = new Listen((seconds) => this.regions.play(seconds));
    this.sources = new Sources((on) => this.switched(on));
    this.whatIf = new WhatIf((emotion) => this.wish(emotion));
    const group = (label, names) => {
      const group = make('optgroup', '', ...names.map((name) => Object.assign(make('option', '', called(name)), { value: name })));
      group.label = label;
      return group;
    };
    byId('of').append(group(t('Emotions'), EMOTIONS), group(t('Perceptual features'), Object.keys(FEATURES)), group(t('Performer’s cues'), Object.keys(CUES)));
    byId('of').addEventListener('change', () => this.turn({ of: byId('of').value }));
    byId('kinds').addEventListener('change', ({ target }) => target.name === 'by' && this.turn({ by: target.value }));
    byId('why-close').addEventListener('click', () => this.view.close());
    byId('why-stop').addEventListener('click', () => this.stop());
    byId('why-again').addEventListener('click', () => this.ask());
    for (const [id, inside, outside] of [['region-alone', 0, OFF_DB], ['region-without', OFF_DB, 0]]) {
      byId(id).addEventListener('click', () => this.hearRegion(inside, outside));
    }
    this.view.addEventListener('close', () => this.closed());
    // a page that is left asks for nothing any more
    addEventListener('pagehide', () => this.view.open && this.view.close());
  }

  /**
   * @param {?number} timeS - of the recording; null for now
   * @param {?Object} take - the recording, if it is a take
   */
  open(timeS, take) {
    Object.assign(this, { timeS, take, of: '', by: 'regions', wished: null, answers: new Map(), extras: [] });
    byId('kinds').elements.by.value = 'regions';
    if (!this.view.open) this.view.showModal();
    this.view.scrollTop = 0;
    byId('view-title').focus();
    this.show(null);
    this.ask();
  }

  closed() {
    this.question?.cancel();
    this.extra?.cancel();
    this.listen.stop();
    this.show(null);
  }

  turn(changed) {
    Object.assign(this, changed, { wished: null, extras: [] });
    this.extra?.cancel();
    this.ask();
  }

  wish(emotion) {
    Object.assign(this, { wished: emotion, of: emotion, extras: [] });
    this.ask();
  }

  ask() {
    this.question?.cancel();
    this.trouble(null);
    set(this.view, 'data-by', this.by);
    const known = this.answers.get(this.key);
    if (known || (this.by === 'whatif' && !this.wished)) return this.show(known ?? this.newest);
    const body = { ...this.moment, of: this.of, by: this.by };
    this.question = new Question(body, (job) => this.news(job), (trouble) => this.trouble(trouble));
    this.show(this.newest && { ...this.newest, state: 'queued', progress: 0 });
  }

  get moment() {
    return { time_s: this.timeS, take: this.take?.id ?? '' };
  }

  get key() {
    return `${this.by} ${this.of}`;
  }

  news(job) {
    this.timeS = job.time_s;
    this.trouble(null);
    if (job.explanation) this.of ||= job.explanation.of;
    if (job.state === 'done') this.answers.set(this.key, job);
    this.show(job);
  }

  stop() {
    this.question?.cancel();
    this.show(this.newest && { ...this.newest, state: 'cancelled' });
  }

  /** @param {?Object} job - the newest news; null when there is none */
  show(job) {
    const explanation = job?.explanation ?? null;
    const going = !job || GOING.includes(job.state);
    this.newest = job;
    // the answer to another question stays until there is a first to this one, but is not dressed as it
    const fits = explanation && explanation.by === this.by && explanation.of === (this.of || explanation.of);
    this.view.classList.toggle('old', Boolean(explanation) && !fits && this.by !== 'whatif');
    put(byId('view-title'), this.of || explanation ? t('Why {what}?', { what: called(this.of || explanation.of) }) : t('Why?'));
    put(byId('why-when'), job ? this.when(job) : '');
    const sentence = explanation?.sentence ? phrase(explanation.said) : '';
    put(byId('why-sentence'), sentence || FIRST_WORDS[job?.state ?? 'running'] || '');
    if (explanation && fits && (job.state === 'done' || !byId('why-spoken').textContent)) put(byId('why-spoken'), sentence);
    if (!job) put(byId('why-spoken'), '');
    byId('of').value = this.of;
    this.progress(going && (this.by !== 'whatif' || this.wished) && byId('why-trouble').hidden, job?.progress);
    put(byId('why-far'), byId('why-stop').hidden ? '' : this.far(job, explanation, fits));
    this.regions.show(job, this.by === 'regions' ? explanation?.regions ?? [] : []);
    this.sources.show(this.by === 'sources' ? explanation : null);
    this.whatIf.show(this.by === 'whatif' && fits ? explanation : null, this.wished);
    this.effects.show(explanation);
    this.listen.show(job, this.extras);
    put(byId('why-quality'), explanation ? quality(explanation, job.state) : '');
  }

  progress(going, fraction = 0) {
    byId('why-stop').hidden = !going;
    byId('why-bar').classList.toggle('over', !going);
    byId('why-bar').value = fraction;
  }

  when({ time_s: endS, explanation }) {
    const seconds = explanation ? number(endS - explanation.window_s[0], 1) : null;
    if (this.take) {
      const values = { seconds, end: number(endS, 1), take: this.take.name };
      return seconds ? t('{seconds} s of playing, up to {end} s of “{take}”', values) : t('The playing up to {end} s of “{take}”', values);
    }
    const ago = Math.round(this.nowS() - endS);
    if (ago < 2) return seconds ? t('{seconds} s of playing, up to just now', { seconds }) : t('The playing up to just now');
    return seconds ? t('{seconds} s of playing, up to {ago} s ago', { seconds, ago }) : t('The playing up to {ago} s ago', { ago });
  }

  far(job, explanation, fits) {
    if (!job || job.state === 'queued') return `· ${t('waiting for its turn')}`;
    if (!fits) return `· ${t('starting')}`;
    return `· ${t('getting better, {count} mixtures heard', { count: explanation.quality.model_calls })}`;
  }

  trouble(trouble) {
    byId('why-trouble').hidden = !trouble;
    byId('why-again').hidden = !trouble?.again;
    if (!trouble) return;
    this.progress(false);
    put(byId('trouble-title'), trouble.title);
    put(byId('trouble-detail'), [trouble.detail, trouble.againS && t('Trying again every {seconds} s.', { seconds: trouble.againS })].filter(Boolean).join(' '));
    if (!this.newest?.explanation) put(byId('why-sentence'), '');
  }

  /** Gains of each part, as a person sets them: rendered, heard and played. */
  mix(segments, gains, title, hint) {
    this.extra?.cancel();
    put(byId('mixing'), t('Making it …'));
    const body = { ...this.moment, of: this.of, by: 'whatif', segments, gains_db: gains };
    this.extra = new Question(body, (job) => {
      if (job.state !== 'done') return;
      const heard = job.explanation.check.changed;
      const url = `api/explanations/${job.id}/sounds/${job.explanation.audio.changed}`;
      put(byId('mixing'), '');
      this.extras = [{ name: 'mix', title, hint, url, heard }];
      this.listen.show(this.newest, this.extras);
      this.listen.play(url);
    }, ({ title, detail }) => put(byId('mixing'), `${title}: ${detail}`));
  }

  switched(on) {
    const { segments } = this.newest.explanation;
    if (on.every(Boolean)) {
      this.extra?.cancel();
      this.extras = [];
      put(byId('mixing'), '');
      this.listen.show(this.newest);
      if (this.listen.rows.length) this.listen.play(this.listen.rows[0].url);
    } else this.mix(segments, on.map((on) => (on ? 0 : OFF_DB)), t('As switched'), this.sources.describe());
  }

  hearRegion(inside, outside) {
    const { segments, regions } = this.newest.explanation;
    const chosen = this.regions.selected;
    const title = inside < outside ? t('Without the region') : t('The region alone');
    this.mix(segments, regions.map((_, k) => (k === chosen ? inside : outside)), title, byId('region-place').textContent);
  }
}

function quality({ quality: { r2_heldout: r2, model_calls: calls, elapsed_ms: ms, stable }, method, regions, sources }, state) {
  const parts = regions.length || sources.length;
  return [
    state === 'cancelled' && t('stopped before it was done'),
    parts && (regions.length ? t('{count} regions, method “{method}”', { count: parts, method }) : t('{count} sources, method “{method}”', { count: parts, method })),
    r2 !== null && t('R² {r2} on mixtures it was not fitted to', { r2: number(r2, 2) }),
    plural(calls, 'heard once', '{count} calls of the model'),
    `${number(Math.round(ms))} ms`,
    parts && !stable && t('the strongest parts may still change'),
  ].filter(Boolean).join(' · ');
}
