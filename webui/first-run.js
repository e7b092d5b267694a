/** A new guitar offers to be set up, above what it hears; it never stands in the way, and goes on where it was left. */

import { byId, make } from './dom.js';
import { t } from './language.js';
import { onChange, owner } from './owner.js';
import { pair } from './owner-button.js';

const STEP = 'affetto.setup-step';
const LATER = 'affetto.setup-later';
const CARD = 'first-run';

/** The step at which setting up goes on, from 0; null when it is not going on. */
export function step() {
  const kept = localStorage.getItem(STEP);
  return kept === null ? null : Number(kept);
}

export function keep(at) {
  if (at === null) localStorage.removeItem(STEP);
  else localStorage.setItem(STEP, at);
}

/** @param {boolean} isFirst - whether the guitar says, again and again, that it has not been set up yet */
export function offer(isFirst) {
  if (!isFirst) withdraw();
  if (!isFirst || byId(CARD) || sessionStorage.getItem(LATER) || location.hash.startsWith('#setup')) return;
  const title = step() === null ? t('Is this your guitar? Set it up in four short steps.') : t('Go on setting up your guitar');
  const card = make('section', 'card buttons', make('h2', '', title), button(t('Later'), later), button(t('Set it up'), start, 'primary'));
  card.id = CARD;
  byId('live-view').before(card);
}

export function withdraw() {
  byId(CARD)?.remove();
}

function button(text, act, kind = '') {
  const made = Object.assign(make('button', kind, text), { type: 'button' });
  made.addEventListener('click', act);
  return made;
}

function later() {
  sessionStorage.setItem(LATER, 'yes');
  withdraw();
}

function start() {
  if (owner.owner) return begin();
  const end = onChange((now) => {
    if (!now.owner) return;
    end();
    begin();
  });
  return pair();
}

function begin() {
  keep(step() ?? 0);
  location.hash = '#setup';
}
