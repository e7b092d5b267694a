/** Times, sizes and names of takes in words. */

import { language, number, t } from './language.js';
import { called, percent } from './words.js';

/** "1:05", "1:02:05" */
export function clock(seconds) {
  const whole = Math.floor(seconds + 1e-6);
  const two = (n) => String(n).padStart(2, '0');
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  return h ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

/** How long a take is, as a clock shows it. */
export const length = ({ duration_s: seconds }) => clock(Math.round(seconds));

/** When a take was made, by the clock of the guitar. */
export function when({ created_at: at }) {
  const date = new Date(1000 * at);
  const year = date.getFullYear() === new Date().getFullYear() ? {} : { year: 'numeric' };
  return date.toLocaleString(language(), { day: 'numeric', month: 'short', hour: 'numeric', minute: '2-digit', ...year });
}

export const gigabytes = (mb) => number(mb / 1000, mb < 10000 ? 1 : 0);

export const megabytes = (bytes) => number(bytes / 1e6, bytes < 1e7 ? 1 : 0);

/** "sad 62 %" */
export const overall = ({ label, probabilities }) => (label ? `${called(label)} ${percent(probabilities[label])}` : t('nobody plays'));

export const isHeard = (state) => state === 'live' || state === 'unsure';
