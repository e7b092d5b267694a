/** What the guitar says in English, such as why something failed, in the visitor's language. */

import { number, t } from './language.js';
import { listed } from './words.js';

/** What a player meets, with {name} where a value stands. What is not among it is shown as it is. */
const TEXTS = [
  'attack and fret noise',
  'low strings',
  'middle register',
  'high register',
  'low E string',
  'A string',
  'D string',
  'G string',
  'B string',
  'high E string',
  'below {high} Hz',
  'above {low} Hz',
  '{low} to {high} Hz',
  '{begin} to {end} s',
  'around {first} and {second}',
  'around {note}',
  'demo take',
  'opening',
];

const NOTES = { C: t('C'), D: t('D'), E: t('E'), F: t('F'), G: t('G'), A: t('A'), B: t('B') };

const known = TEXTS.map((english) => {
  const names = [...english.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
  const pattern = english.replace(/[.*+?^$()|[\]\\]/g, '\\$&').replace(/\{\w+\}/g, '(.+)');
  return { english, names, pattern: new RegExp(`^${pattern}$`, 's') };
});

/** @param {?string} english - one text of the guitar; parts of it that a comma separates may be known one by one */
export function told(english) {
  const text = english ?? '';
  const note = /^([A-G])([♯#♭b]?)(\d)$/.exec(text);
  if (note) return `${NOTES[note[1]]}${note[2]}${note[3]}`;
  if (/^\d+\.\d+$/.test(text)) return number(Number(text), text.split('.')[1].length);
  for (const { english: template, names, pattern } of known) {
    const values = pattern.exec(text)?.slice(1);
    if (values) return t(template, Object.fromEntries(names.map((name, k) => [name, told(values[k])])));
  }
  return text.includes(', ') ? text.split(', ').map(told).join(', ') : text;
}

/**
 * Say a sentence of an explanation.
 *
 * @param {Object|string} said - as the guitar publishes it: a text with values, a list, a number, or a plain text
 */
export function phrase(said) {
  if (typeof said === 'string') return told(said);
  if (said.list) return listed(said.list.map(phrase));
  if ('number' in said) return `${said.sign && said.number >= 0 ? '+' : ''}${number(said.number, said.digits)}`;
  const values = Object.entries(said.values ?? {}).map(([name, value]) => [name, phrase(value)]);
  const text = t(said.text, Object.fromEntries(values));
  if (!said.first) return text;
  return (said.first === 'upper' ? text[0].toLocaleUpperCase() : text[0].toLocaleLowerCase()) + text.slice(1);
}
