/** The dialog that pairs this device: the colours that the guitar shows are entered there. */

import { ask } from './ask.js';
import { open, prepare } from './dialog.js';
import { byId, make, put, set } from './dom.js';
import { plural, t } from './language.js';
import { learn, onChange, owner } from './owner.js';

const LENGTH = 8;
const COLOURS = { red: () => t('red'), yellow: () => t('yellow'), green: () => t('green'), blue: () => t('blue') };
const SHAPES = { red: 'aggressive', yellow: 'happy', green: 'relaxed', blue: 'sad' };

let shown = null;
let entered = [];
let sending = false;

/** Called once the markup is in the page. */
export function start() {
  prepare(byId('pair'));
  byId('pair').addEventListener('close', endShowing);
  addEventListener('pagehide', endShowing);
  byId('pair-show').addEventListener('click', begin);
  byId('pair-back').addEventListener('click', takeBack);
  byId('pair-keys').addEventListener('click', ({ target }) => enter(target.closest('button')?.dataset.symbol));
  byId('pair').addEventListener('keydown', (event) => {
    if (event.key === 'Backspace') takeBack();
    else if ('1234'.includes(event.key)) enter(Object.keys(COLOURS)[event.key - 1]);
  });
  onChange(showBeginning);
}

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
