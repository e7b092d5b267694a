/** The emotion as colour, shape and word, with its trust state, and in one sentence why. */

import { byId, put, set } from './dom.js';
import { t } from './language.js';
import { EMOTIONS, MID_LEVEL, STATES, called, listed } from './words.js';

const SENTENCE_MS = 1000;
const SPOKEN_MS = 3000;
const OLD = ['silent', 'stale', 'lost'];
const SHAPES = { silent: 'rest', stale: 'waiting', lost: 'broken', waiting: 'waiting', none: 'broken' };

export class Emotion {
  constructor() {
    this.sentenceAt = this.spokenAt = 0;
    this.key = '';
    this.setState({ state: 'waiting' });
  }

  /** @param {?Object} prediction - null without contact */
  setState(prediction) {
    const state = prediction?.state ?? 'none';
    const label = prediction?.label ?? '';
    const rival = state === 'unsure' ? runnerUp(prediction) : '';
    const shown = ['live', 'unsure'].includes(state) && label;
    const card = byId('emotion');
    set(byId('live-view'), 'data-state', state);
    set(card, 'data-emotion', label);
    set(card, 'data-second', rival);
    const [sign, name, means] = STATES[state];
    put(byId('state'), `${sign} ${name}`);
    put(byId('state-means'), means);
    set(byId('emblem'), 'href', `#${shown || SHAPES[state] || 'waiting'}`);
    set(byId('second'), 'href', `#${rival || 'waiting'}`);
    put(byId('word'), shown ? called(label) : state === 'waiting' ? t('listening') : name);
    const last = OLD.includes(state) && label ? t('last heard: {emotion}', { emotion: called(label) }) : '';
    put(byId('beside'), rival ? t('or {emotion}', { emotion: called(rival) }) : last);
    this.explain(shown ? prediction : null);
    this.speak(`${state} ${label} ${rival}`);
  }

  /** One sentence a second at most, so that it can be read. */
  explain(prediction) {
    if (prediction && Date.now() - this.sentenceAt < SENTENCE_MS && prediction.label === this.explained) return;
    this.sentenceAt = Date.now();
    this.explained = prediction?.label;
    put(byId('because'), prediction ? sentence(prediction) : '');
  }

  /** What a screen reader says: changes only, with a pause between. */
  speak(key) {
    if (key === this.key || Date.now() - this.spokenAt < SPOKEN_MS) return;
    this.key = key;
    this.spokenAt = Date.now();
    put(byId('spoken'), `${byId('word').textContent} ${byId('beside').textContent}, ${byId('state').textContent.slice(2)}`);
  }
}

function runnerUp({ probabilities, label }) {
  return EMOTIONS.filter((e) => e !== label).reduce((a, b) => (probabilities[b] > probabilities[a] ? b : a));
}

/** "because it is soft, sparse and minor": the largest effects, in words. */
export function sentence({ label, mid_level: midLevel }) {
  const effects = Object.entries(midLevel)
    .map(([name, { value, effects }]) => ({ word: MID_LEVEL[name][value < 0 ? 0 : 1], effect: effects[label] }))
    .sort((a, b) => Math.abs(b.effect) - Math.abs(a.effect));
  const worth = 0.2 * Math.abs(effects[0].effect);
  const pro = effects.filter((e) => e.effect > worth).slice(0, 3).map((e) => e.word);
  const con = effects.slice(0, 5).filter((e) => e.effect < -worth).slice(0, 2).map((e) => e.word);
  const values = { reasons: listed(pro), others: listed(con) };
  if (pro.length && con.length) return t('because it is {reasons}, although {others}', values);
  if (pro.length) return t('because it is {reasons}', values);
  return con.length ? t('though nothing stands out, although {others}', values) : t('though nothing stands out');
}
