/** What things are called, and what they mean to somebody who plays. */

import { language, number, t } from './language.js';

export const EMOTIONS = ['aggressive', 'happy', 'relaxed', 'sad'];

const NAMES = {
  aggressive: t('aggressive'),
  happy: t('happy'),
  relaxed: t('relaxed'),
  sad: t('sad'),
  melodiousness: t('melodiousness'),
  articulation: t('articulation'),
  rhythmic_complexity: t('rhythmic complexity'),
  rhythmic_stability: t('rhythmic stability'),
  dissonance: t('dissonance'),
  tonal_stability: t('tonal stability'),
  minorness: t('minorness'),
  sound_level: t('sound level'),
  register: t('register'),
  note_density: t('note density'),
  brightness: t('brightness'),
};

/** The name of an emotion, a feature or a cue. */
export const called = (id) => NAMES[id] ?? id.replaceAll('_', ' ');

/** Name: [what a low value sounds like, what a high one does, what it is]. */
export const FEATURES = {
  melodiousness: [t('unmelodious'), t('melodious'), t('how easily it could be sung along')],
  articulation: [t('legato'), t('detached'), t('notes joined (low) or cut short (high)')],
  rhythmic_complexity: [t('simple in rhythm'), t('intricate in rhythm'), t('how varied and surprising the rhythm is')],
  rhythmic_stability: [t('free in rhythm'), t('steady'), t('how regular the beat is')],
  dissonance: [t('consonant'), t('dissonant'), t('how rough the notes sound together')],
  tonal_stability: [t('vague in key'), t('firm in key'), t('how clear the key is')],
  minorness: [t('major'), t('minor'), t('minor (high) rather than major (low)')],
};

export const CUES = {
  sound_level: [t('soft'), t('loud'), t('how strongly it is played')],
  register: [t('low in pitch'), t('high in pitch'), t('how high the notes lie')],
  note_density: [t('sparse'), t('dense'), t('how many notes a second')],
  brightness: [t('dark'), t('bright'), t('how much treble the tone has')],
};

export const MID_LEVEL = { ...FEATURES, ...CUES };

/** Trust state: [sign, its name, what it means]. */
export const STATES = {
  live: ['●', t('live'), t('heard just now, and clear')],
  unsure: ['◐', t('unsure'), t('two are too close to call, or one gives way to the other')],
  silent: ['○', t('silent'), t('nobody is playing; values are of the last sound heard')],
  stale: ['◌', t('stale'), t('the analysis has stopped keeping up; values are old')],
  lost: ['✕', t('lost'), t('the sound source is gone; values are old')],
  waiting: ['…', t('waiting'), t('nothing heard yet')],
  none: ['✕', t('no contact'), t('this page hears nothing from the guitar')],
};

export function signed(value, digits = 1) {
  const size = number(Math.abs(value), digits);
  return (Number(Math.abs(value).toFixed(digits)) === 0 ? '' : value < 0 ? '−' : '+') + size;
}

export const percent = (share) => `${number(Math.round(100 * share))} %`;

/** "a, b and c" */
export const listed = (words) => new Intl.ListFormat(language() === 'en' ? 'en-GB' : language()).format(words);

