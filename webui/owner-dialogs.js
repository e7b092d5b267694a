/** Two dialogs: one pairs this device, the other is the owner's, with stage mode and the paired devices. */

import { ask } from './ask.js';
import { byId, make, put, set } from './dom.js';
import { fragment } from './fragment.js';
import { language, plural, t } from './language.js';
import { learn, onChange, owner, refresh } from './owner.js';

const LENGTH = 8;
const HOLD_MS = 1500;
const AGAIN_MS = 4000;
const COLOURS = { red: () => t('red'), yellow: () => t('yellow'), green: () => t('green'), blue: () => t('blue') };
const SHAPES = { red: 'aggressive', yellow: 'happy', green: 'relaxed', blue: 'sad' };

/** Settled when the dialogs are in the page. */
export const ready = load();

let shown = null;
let entered = [];
let sending = false;
let opener = null;

async function load() {
  document.body.append(...(await fragment('owner')));
  for (const id of ['pair', 'phones']) {
    const dialog = byId(id);
    for (const button of dialog.querySelectorAll('.close')) button.addEventListener('click', () => dialog.close());
    dialog.addEventListener('close', () => opener?.focus());
  }
  byId('pair').addEventListener('close', endShowing);
  addEventListener('pagehide', endShowing);
  byId('pair-show').addEventListener('click', begin);
  byId('pair-back').addEventListener('click', takeBack);
  byId('pair-keys').addEventListener('click', ({ target }) => enter(target.closest('button')?.dataset.symbol));
  byId('pair').addEventListener('keydown', (event) => {
    if (event.key === 'Backspace') takeBack();
    else if ('1234'.includes(event.key)) enter(Object.keys(COLOURS)[event.key - 1]);
  });
  byId('stage-on').addEventListener('click', () => stage(true));
  byId('forget-all').addEventListener('click', ({ target }) => twice(target, t('Really forget all?'), () => forget('')));
  hold(byId('stage-off'), () => stage(false));
  onChange(() => {
    showBeginning();
    showOwner();
  });
}

function open(dialog) {
  opener = document.activeElement;
  if (!dialog.open) dialog.showModal();
  dialog.querySelector('h2').focus();
}

// -- pairing

export function pair() {
  byId('pair-form').hidden = false;
  byId('pair-done').hidden = true;
  put(byId('pair-wrong'), '');
  clear();
  showBeginning();
  open(byId('pair'));
}

function showBeginning() {
  byId('pair-stage').hidden = !owner.stage;
  byId('pair-show').hidden = !owner.lights || owner.stage || shown !== null;
  const hint = shown
    ? t('After a white flash come two groups of four colours, again and again, for two minutes. A strip also lights as much as the dots tell.')
    : owner.lights || owner.stage ? '' : t('This guitar has no lights that could show the colours.');
  put(byId('pair-hint'), hint);
}

async function begin() {
  put(byId('pair-wrong'), '');
  try {
    shown = await ask('api/owner/pair', {});
    shown.timer = setTimeout(() => over(t('The time for these colours is over; let new ones be shown.')), 1000 * shown.seconds);
    byId('pair-keys').firstElementChild.focus();
  } catch (error) {
    put(byId('pair-wrong'), trouble(error));
  }
  clear();
  showBeginning();
}

/** The lights need not show any more what nobody enters. */
function endShowing() {
  if (shown) fetch(`api/owner/pair/${shown.id}`, { method: 'DELETE', keepalive: true }).catch(() => {});
  forgetShown();
}

function forgetShown() {
  clearTimeout(shown?.timer);
  shown = null;
}

function over(says) {
  forgetShown();
  clear();
  showBeginning();
  put(byId('pair-wrong'), says);
}

function enter(symbol) {
  if (!symbol || sending || entered.length >= LENGTH || byId('pair-form').hidden) return;
  entered.push(symbol);
  put(byId('pair-wrong'), '');
  put(byId('pair-spoken'), t('{colour}, {count} of {all}', { colour: COLOURS[symbol](), count: entered.length, all: LENGTH }));
  draw();
  if (entered.length === LENGTH) send();
}

function takeBack() {
  if (sending || !entered.pop()) return;
  put(byId('pair-spoken'), t('{count} of {all}', { count: entered.length, all: LENGTH }));
  draw();
}

function clear() {
  entered = [];
  draw();
}

function draw() {
  const slots = byId('pair-slots');
  slots.replaceChildren(...Array.from({ length: LENGTH }, (_, k) => slot(entered[k])));
  set(slots, 'aria-label', t('{count} of {all} colours entered', { count: entered.length, all: LENGTH }));
  byId('pair-back').disabled = !entered.length;
}

function slot(symbol) {
  const box = make('i');
  if (symbol) {
    set(box, 'data-emotion', SHAPES[symbol]);
    box.append(byId('pair-keys').querySelector(`[data-symbol=${symbol}] svg`).cloneNode(true));
  }
  return box;
}

async function send() {
  sending = true;
  try {
    learn(await ask('api/owner/answer', { code: entered, id: shown?.id ?? '' }));
    forgetShown();
    byId('pair-form').hidden = true;
    byId('pair-done').hidden = false;
    byId('pair-done').querySelector('button').focus();
  } catch (error) {
    if (error.status === 403 && shown && --shown.tries === 0) {
      over(t('These are not the colours, for the third time. Wait a little, then let new ones be shown.'));
    } else {
      if (error.status === 409) forgetShown();
      clear();
      showBeginning();
      put(byId('pair-wrong'), trouble(error));
    }
  }
  sending = false;
}

function trouble({ status, message }) {
  if (status === 403 && shown) {
    return plural(shown.tries, 'These are not the colours. One more try is left.', 'These are not the colours. {count} tries are left.');
  }
  if (status === 403) return t('These are not the colours. Look again.');
  if (status === 409 && !shown) {
    return owner.lights
      ? t('No colours are good now, or another device is being paired. Try again in a minute.')
      : t('No code is good now. Type “affetto pair” on the guitar.');
  }
  if (status === 429) return t('Too many attempts. Wait a little, or type “affetto pair” on the guitar.');
  return message;
}

// -- the owner's

export async function phones() {
  put(byId('phones-trouble'), '');
  showOwner();
  open(byId('phones'));
  await refresh();
  return owner.owner ? list() : byId('phones').close();
}

function showOwner() {
  put(byId('phones-because'), owner.because === 'paired'
    ? t('This device is paired with the guitar.')
    : t('This page is open on the guitar’s own computer.'));
  put(byId('stage-says'), owner.stage
    ? t('Nobody can change anything, not even you. What is heard goes on, and so does a recording.')
    : t('On stage nobody should be able to change anything, not even by accident. What is heard goes on, and so does a recording.'));
  byId('stage-on').hidden = owner.stage;
  byId('stage-off').hidden = byId('stage-how').hidden = !owner.stage;
  for (const button of byId('phones').querySelectorAll('#devices button, #forget-all')) button.disabled = owner.stage;
}

async function list() {
  try {
    const { devices } = await ask('api/owner/devices');
    byId('devices').replaceChildren(...devices.map(item));
    if (!devices.length) byId('devices').append(make('li', 'small', t('None yet.')));
    byId('forget-all').hidden = devices.length < 2;
    showOwner();
  } catch (error) {
    put(byId('phones-trouble'), error.message);
  }
}

function item({ id, name, paired_on: pairedOn, seen_on: seenOn, this: isThis }) {
  const button = make('button', '', t('Forget'));
  button.type = 'button';
  set(button, 'aria-label', t('Forget {name}', { name }));
  button.addEventListener('click', () => forget(id));
  const says = make('small', '', t('paired {day}, last here {seen}', { day: day(pairedOn), seen: day(seenOn) }));
  const title = make('b', '', name);
  if (isThis) title.append(' ', make('span', 'badge', t('this one')));
  return make('li', '', make('p', '', title, says), button);
}

function day(written) {
  return new Date(`${written}T12:00`).toLocaleDateString(language(), { day: 'numeric', month: 'short', year: 'numeric' });
}

async function forget(id) {
  await change(() => ask(`api/owner/devices${id && '/'}${id}`, undefined, 'DELETE'));
  await refresh();
  return owner.owner ? list() : byId('phones').close();
}

async function stage(on) {
  await change(async () => learn(await ask('api/stage', { on })));
  byId(owner.stage ? 'stage-off' : 'stage-on').focus();
}

async function change(how) {
  try {
    await how();
    put(byId('phones-trouble'), '');
  } catch (error) {
    put(byId('phones-trouble'), error.message);
  }
}

// -- deliberate acts

/** Do something when a button is pressed a second time. */
function twice(button, question, act) {
  if (button.dataset.asked) {
    delete button.dataset.asked;
    put(button, button.dataset.says);
    act();
    return;
  }
  button.dataset.says = button.textContent;
  button.dataset.asked = 'yes';
  put(button, question);
  setTimeout(() => {
    if (!button.dataset.asked) return;
    delete button.dataset.asked;
    put(button, button.dataset.says);
  }, AGAIN_MS);
}

/** Do something when a button was held for a while; or was pressed twice, which a screen reader can do as well. */
function hold(button, act) {
  let timer = 0;
  const begin = () => {
    if (timer) return;
    button.classList.add('held');
    timer = setTimeout(() => {
      end();
      act();
    }, HOLD_MS);
  };
  const end = () => {
    clearTimeout(timer);
    timer = 0;
    button.classList.remove('held');
  };
  button.addEventListener('pointerdown', begin);
  for (const name of ['pointerup', 'pointerleave', 'pointercancel', 'keyup', 'blur']) button.addEventListener(name, end);
  button.addEventListener('keydown', ({ key }) => [' ', 'Enter'].includes(key) && begin());
  button.addEventListener('contextmenu', (event) => event.preventDefault());
  button.addEventListener('click', () => twice(button.querySelector('span'), t('Press again to unlock'), act));
}
