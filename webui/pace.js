/**
 * One slider for how quickly Affetto follows: from calm (0) over the standard (5) to quick (10).
 *
 * The six settings move together, each in equal ratios from step to step: a calm guitar looks back further, forgets less
 * readily, smooths longer and holds a label longer. The margin and the trust state's limits stay as they are.
 */

import { t } from './language.js';

const MIDDLE = 5;

/** Setting: its value at calm, standard and quick. */
const RANGE = {
  window_s: [16, 8, 4],
  recent_s: [2, 1, 0.5],
  change: [0.8, 0.55, 0.35],
  attack_s: [0.6, 0.15, 0.05],
  release_s: [1.2, 0.3, 0.1],
  hold_s: [4, 1, 0.25],
};

export const PACES = [
  t('very calm'), t('very calm'), t('calm'), t('calm'), t('a little calm'), t('standard'),
  t('a little quick'), t('quick'), t('quick'), t('very quick'), t('very quick'),
];

/** The settings of the section "decision" that belong to a place of the slider. */
export function paced(pace) {
  const [from, share] = pace < MIDDLE ? [0, pace / MIDDLE] : [1, pace / MIDDLE - 1];
  return Object.fromEntries(Object.entries(RANGE).map(([name, values]) => {
    const value = values[from] * (values[from + 1] / values[from]) ** share;
    return [name, Number(value.toPrecision(2))];
  }));
}

/** The place of the slider that comes nearest to settings, and whether they are exactly those that belong to it. */
export function nearest(decision) {
  const off = PACES.map((_, pace) => {
    const wanted = paced(pace);
    return Math.max(...Object.keys(RANGE).map((name) => Math.abs(Math.log((decision[name] + 1e-3) / (wanted[name] + 1e-3)))));
  });
  const least = Math.min(...off);
  return { pace: off.indexOf(least), exact: least < 1e-3 };
}
