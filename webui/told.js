/** What the guitar says in English, such as why something failed, in the visitor's language. */

import { number, t } from './language.js';
import { listed } from './words.js';

/** What a player meets, with {name} where a value stands. What is not here is shown as it is. */
const SENTENCES = known('(.+)', [
  'playing the bundled demo take in a loop',
  'playing the bundled demo take until a sound card is plugged in: none was found',
  'playing the bundled demo take: {why}',
  'as many pages as allowed ({limit}) follow already; close one, or set web.streams higher',
  'only the owner of this guitar may do that; pair this device on the page first',
  'takes are the owner\'s; pair this device on the page first',
  'stage mode is on: nothing can be changed until the owner switches it off',
  'something went wrong inside; the log says what',
  'nothing has been heard yet; play, and ask again',
  'nothing has been heard yet; play, and try again',
  'nobody plays at {at} s; choose a moment with sound',
  'there is no sound at {at} s; choose a time from {first} to {last} s',
  'the sound at {at} s is no longer kept; choose a later moment',
  'no sound is kept at this moment; try again',
  'many questions are asked here; ask again in {wait} s',
  '{count} explanations wait already; ask again when one of them is done',
  'explanations are switched off; set explain.enabled = true',
  'explanations need {libraries}: pip install \'affetto[explain]\'',
  'the process that explains {how}; a new one is being started',
  'there is no such take; it may have been deleted',
  'there is no sound yet; look at the input',
  'a take is being recorded already; stop it first',
  'a take is being recorded; stop it first',
  'nothing is being recorded',
  'the disk does not answer; look again in a while',
  'cut off while it was recorded',
  'damaged: nothing of its sound can be read',
  'the disk is almost full: {free} MB are free and {least} must stay so; delete takes or other files, or set takes.min_free_mb lower',
  'the takes reach {minutes} minutes, as many as may be kept; delete some, or set takes.keep_minutes higher',
  'a take may be {minutes} minutes long; set takes.most_minutes higher for longer ones',
  'the sound source changed from {old} to {new} Hz',
  '{file}: longer than {minutes} minutes; cut it, or set takes.most_minutes higher',
  '{file}: not a sound file that can be read; use WAV, FLAC, OGG, MP3 or AIFF',
  '{file}: the file holds no sound; record it again',
  '{file}: longer than {minutes} minutes; cut it',
  '{file}: damaged; save it again',
  '{folder}: the disk is full; delete takes or other files',
  '{count} files wait to be analysed; send it when one of them is done',
  'no sound card was found; plug one in, or play the demo take with --input demo',
  'no lights are chosen; choose what they are (led.driver) first',
  'there is no OSC target; add one, such as 192.168.4.2:9000',
  'no MIDI port is chosen; choose one (midi.port) first',
  'a test is on its way already',
  'there is nothing to undo',
  'the self-test runs already; wait for it',
  'this guitar has no Wi-Fi of its own: there is no {file}',
  'this Wi-Fi is not encrypted, since {why}: whoever is near can join and read along',
  'this Wi-Fi is not encrypted: whoever is near can join and read along',
  'not needed: the input is {input}',
  'none was found',
  'plug in a USB sound card or an I²S board, then see `affetto devices`; without one the demo take plays',
  '{device} is there but will not open',
  'driver {driver}: no device needed',
  '{device} is not there',
  'needs {what} (/boot/firmware/config.txt), then restart',
  'not used (midi.port is empty); ports: {ports}',
  'port {port}; ports: {ports}',
  'no port named like “{port}”; ports: {ports}',
  'plug it in, or change midi.port',
  '{model}, {took} ms for each {step} ms of sound',
  'stop other programs, or cool the board',
  'sound and analysis may run in real time, up to {most}',
  'sound and analysis run as ordinary programs do; installed as a service, they run in real time',
  'power and heat are well',
  'does not tell of power and heat',
  'no sound arrives; check the cable or the sender',
  'the board gets too little voltage and slows down; use a stronger power supply and a short cable',
  'the board is too hot and slows down; give it air, or a heat sink',
  'page on {address}, {state}',
  '{address} (this machine only: set web.host to 0.0.0.0 for phones)',
  'something already serves there; that is fine if it is Affetto',
  'OSC target {target}: no such name',
  'write its number, such as 192.168.4.2',
  '{folder} may not be written',
  'only {free} MB free in {folder}',
  '{free} MB free in {folder}',
  'delete what is not needed',
  '{date} is in the past',
  'opening',
]);

const NAMES = known('([^,]+)', [
  'demo take',
  'page\'s lights',
  'terminal',
  'none',
  'free',
  'settings',
  'sound card',
  'model',
  'lights',
  'network',
  'disk',
  'clock',
  'board',
  'priority',
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
]);

const NOTES = { C: t('C'), D: t('D'), E: t('E'), F: t('F'), G: t('G'), A: t('A'), B: t('B') };

/** @param {?string} english - a sentence of the guitar, or names that commas separate */
export function told(english) {
  const text = english ?? '';
  return matched(SENTENCES, text) ?? text.split(', ').map((name) => matched(NAMES, name) ?? simple(name)).join(', ');
}

/**
 * Say a sentence of an explanation.
 *
 * @param {Object|string} said - as the guitar publishes it: a text with values, a list, a number, or a plain text
 */
export function phrase(said) {
  // a number and its unit stay on one line
  return spoken(said).replace(/(\d) (?=%|Hz|dB|s\b)/g, '$1\u00a0');
}

function spoken(said) {
  if (typeof said === 'string') return told(said);
  if (said.list) return listed(said.list.map(spoken));
  if ('number' in said) return `${said.sign && said.number >= 0 ? '+' : ''}${number(said.number, said.digits)}`;
  const values = Object.entries(said.values ?? {}).map(([name, value]) => [name, spoken(value)]);
  const text = t(said.text, Object.fromEntries(values));
  if (!said.first) return text;
  return (said.first === 'upper' ? text[0].toLocaleUpperCase() : text[0].toLocaleLowerCase()) + text.slice(1);
}

function known(value, templates) {
  return templates.map((template) => {
    const pattern = template.replace(/[.*+?^$()|[\]\\]/g, '\\$&').replace(/\{\w+\}/g, value);
    return { template, names: [...template.matchAll(/\{(\w+)\}/g)].map(([, name]) => name), pattern: new RegExp(`^${pattern}$`, 's') };
  });
}

function matched(all, text) {
  for (const { template, names, pattern } of all) {
    const values = pattern.exec(text)?.slice(1);
    if (values) return t(template, Object.fromEntries(names.map((name, k) => [name, told(values[k])])));
  }
  return null;
}

/** A note's name, or a number, as the language writes it. */
function simple(text) {
  const note = /^([A-G])([♯#♭b]?)(\d)$/.exec(text);
  if (note) return `${NOTES[note[1]]}${note[2]}${note[3]}`;
  return /^\d+\.\d+$/.test(text) ? number(Number(text), text.split('.')[1].length) : text;
}
