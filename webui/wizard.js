/** The first minutes with a guitar: four steps through the cards of the setup, to be left and taken up again at any time. */

import { ask } from './ask.js';
import { byId, make, put, set } from './dom.js';
import { keep, step, withdraw } from './first-run.js';
import { t } from './language.js';

const STEPS = [
  { cards: ['language'], title: t('Welcome'), says: t('Four short steps, and the guitar is yours. This device may change everything; what you change is saved at once, and can be undone.') },
  { cards: ['input'], title: t('Your guitar’s sound'), says: t('Choose what Affetto listens to. Then let it hear ten seconds of you.') },
  { cards: ['lights', 'gear'], title: t('What follows your playing'), says: t('Lights, and other gear if you have some. Without either, the page shows it all.') },
  { cards: ['phones'], title: t('Your phone, next time'), says: t('This is how a phone gets here. That is all: play!') },
];

export class Wizard {
  constructor(setup) {
    this.setup = setup;
    byId('step-dots').append(...STEPS.map(() => make('li')));
    byId('step-back').addEventListener('click', () => this.go(this.at - 1));
    byId('step-next').addEventListener('click', () => (this.at + 1 < STEPS.length ? this.go(this.at + 1) : this.end()));
    byId('step-skip').addEventListener('click', () => this.end());
  }

  start() {
    this.running = true;
    withdraw();
    this.show(Math.min(step(), STEPS.length - 1));
  }

  go(to) {
    this.show(to);
    scrollTo(0, 0);
    byId('step-title').focus({ preventScroll: true });
  }

  show(at) {
    this.at = at;
    keep(at);
    const { cards, title, says } = STEPS[at];
    byId('setup-view').classList.add('stepping');
    byId('steps').hidden = byId('step-nav').hidden = false;
    put(byId('step-count'), t('Step {step} of {steps}', { step: at + 1, steps: STEPS.length }));
    put(byId('step-title'), title);
    put(byId('step-says'), says);
    [...byId('step-dots').children].forEach((dot, k) => set(dot, 'class', k < at ? 'past' : k === at ? 'now' : ''));
    const last = at === STEPS.length - 1;
    byId('step-back').hidden = at === 0;
    byId('step-skip').hidden = last;
    put(byId('step-next'), last ? t('Done: play') : t('Next'));
    for (const [name, { section }] of this.setup.cards) section.hidden = !cards.includes(name);
    this.setup.expand(cards.slice(0, 1));
  }

  /** Done or skipped: everything stays in the setup, and it is not offered again. */
  async end() {
    this.running = false;
    keep(null);
    // a guitar that cannot save that it is set up will offer it again: no harm
    await ask('api/setup/done', {}).catch(() => {});
    byId('steps').hidden = byId('step-nav').hidden = true;
    byId('setup-view').classList.remove('stepping');
    for (const { section } of this.setup.cards.values()) section.hidden = false;
    this.setup.opened = [];
    location.hash = '#live';
  }
}
