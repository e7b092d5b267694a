/** The owner's dialog: stage mode, and the paired devices. */

import { ask } from './ask.js';
import { hold, twice } from './deliberate.js';
import { open, prepare } from './dialog.js';
import { byId, make, put, set } from './dom.js';
import { language, t } from './language.js';
import { learn, onChange, owner, refresh } from './owner.js';

/** Called once the markup is in the page. */
export function start() {
  prepare(byId('phones'));
  byId('stage-on').addEventListener('click', () => stage(true));
  byId('forget-all').addEventListener('click', ({ target }) => twice(target, t('Really forget all?'), () => forget('')));
  hold(byId('stage-off'), () => stage(false));
  onChange(showOwner);
}

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
