/** What things are called, and what they mean to somebody who plays. */

export const EMOTIONS = ['aggressive', 'happy', 'relaxed', 'sad'];

/** Name: [what a low value sounds like, what a high one does, what it is]. */
export const FEATURES = {
  melodiousness: ['unmelodious', 'melodious', 'how easily it could be sung along'],
  articulation: ['legato', 'detached', 'notes joined (low) or cut short (high)'],
  rhythmic_complexity: ['simple in rhythm', 'intricate in rhythm', 'how varied and surprising the rhythm is'],
  rhythmic_stability: ['free in rhythm', 'steady', 'how regular the beat is'],
  dissonance: ['consonant', 'dissonant', 'how rough the notes sound together'],
  tonal_stability: ['vague in key', 'firm in key', 'how clear the key is'],
  minorness: ['major', 'minor', 'minor (high) rather than major (low)'],
};

export const CUES = {
  sound_level: ['soft', 'loud', 'how strongly it is played'],
  register: ['low in pitch', 'high in pitch', 'how high the notes lie'],
  note_density: ['sparse', 'dense', 'how many notes a second'],
  brightness: ['dark', 'bright', 'how much treble the tone has'],
};

export const MID_LEVEL = { ...FEATURES, ...CUES };

/** Trust state: [sign, what it means]. */
export const STATES = {
  live: ['●', 'heard just now, and clear'],
  unsure: ['◐', 'two are too close to call, or one gives way to the other'],
  silent: ['○', 'nobody is playing; values are of the last sound heard'],
  stale: ['◌', 'the analysis has stopped keeping up; values are old'],
  lost: ['✕', 'the sound source is gone; values are old'],
  waiting: ['…', 'nothing heard yet'],
  none: ['✕', 'this page hears nothing from the guitar'],
};

export const spaced = (name) => name.replaceAll('_', ' ');

export function signed(value) {
  const size = Math.abs(value).toFixed(1);
  return (Number(size) === 0 ? '' : value < 0 ? '−' : '+') + size;
}

/** "a, b and c" */
export const listed = (words) =>
  words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
