/** Who this page is taken for, shown in the header; what is said about it is loaded when somebody asks. */

import { byId, put, set } from './dom.js';
import { fragment, style } from './fragment.js';
import { t } from './language.js';
import { onChange, owner, refresh } from './owner.js';

const CODE = { pair: () => import('./owner-pair.js'), phones: () => import('./owner-phones.js') };

const loading = {};

/** Ask for the code that makes this device the owner's. */
export async function pair() {
  (await dialog('pair')).pair();
}

/** Show the owner the paired devices, and stage mode. */
export async function phones() {
  (await dialog('phones')).phones();
}

/** Show in the header who this page is taken for. */
export function start() {
  onChange(show);
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

/** The code of a dialog whose markup is in the page; loaded once, or again where that failed. */
function dialog(name) {
  loading[name] ??= load(name).catch((error) => {
    delete loading[name];
    throw error;
  });
  return loading[name];
}

async function load(name) {
  const [code, markup] = await Promise.all([CODE[name](), fragment(`owner-${name}`), style('owner.css')]);
  document.body.append(...markup);
  code.start();
  return code;
}
