/** Whether this page may change the guitar, shown in the header; what is said about it is loaded when somebody asks. */

import { byId, put, set } from './dom.js';
import { style } from './fragment.js';
import { t } from './language.js';

const FROM_MS = 4000;

/** What the guitar said last: `known` is false before its first word. */
export const owner = { known: false, owner: false, because: '', stage: false, lights: false };

const callbacks = new Set();

/**
 * Be told of every change of `owner`, and at once if it is known.
 *
 * @param {function(Object)} callback
 * @returns {function()} ends it
 */
export function onChange(callback) {
  callbacks.add(callback);
  if (owner.known) callback(owner);
  return () => callbacks.delete(callback);
}

/** Ask the guitar again; without contact everything stays as it was. */
export async function refresh() {
  const answer = await fetch('api/owner', { cache: 'no-store', signal: AbortSignal.timeout(FROM_MS) }).catch(() => null);
  if (answer?.ok) learn(await answer.json());
}

/** @param {Object} now - what the guitar says of the owner */
export function learn(now) {
  const before = JSON.stringify(owner);
  Object.assign(owner, now, { known: true });
  if (JSON.stringify(owner) === before) return;
  show();
  callbacks.forEach((callback) => callback(owner));
}

/** Take up what every status says; the rest is asked for when it tells something new. */
export function setStatus(status) {
  if (typeof status?.stage === 'boolean' && status.stage !== owner.stage) refresh();
}

/** Ask for the code that makes this device the owner's. */
export async function pair() {
  (await dialogs()).pair();
}

/** Show the owner the paired devices, and stage mode. */
export async function phones() {
  (await dialogs()).phones();
}

/** Show in the header who this page is taken for. */
export function start() {
  byId('owner').addEventListener('click', () => (owner.owner ? phones() : pair()));
  // another page may have forgotten this device meanwhile
  document.addEventListener('visibilitychange', () => document.hidden || refresh());
  return refresh();
}

function show() {
  const button = byId('owner');
  button.hidden = false;
  set(button, 'data-mode', owner.stage ? 'stage' : owner.owner ? 'owner' : 'guest');
  set(button.querySelector('use'), 'href', owner.owner && !owner.stage ? '#unlocked' : '#locked');
  put(button.querySelector('span'), owner.stage ? t('Stage mode') : owner.owner ? t('Owner') : t('Guest'));
  set(button, 'title', owner.owner ? t('Stage mode and paired devices') : t('Pair this device, to change things'));
}

let loading = null;

function dialogs() {
  loading ??= load().catch((error) => {
    loading = null;
    throw error;
  });
  return loading;
}

async function load() {
  const [code] = await Promise.all([import('./owner-dialogs.js'), style('owner.css')]);
  await code.ready;
  return code;
}
