/** The part in which the guitar is set up: a card for each thing, loaded when it is first opened. */

import { ask } from './ask.js';
import { byId, put, set } from './dom.js';
import { step } from './first-run.js';
import { language, plural, t } from './language.js';
import { onChange } from './owner.js';
import { nearest, PACES } from './pace.js';
import { Settings } from './settings.js';
import { told } from './told.js';

const TOLD_MS = 8000;
const ASK_AGAIN_MS = 300;
const BACK_WITHIN_MS = 30_000;
const WIDE = matchMedia('(min-width: 60rem)');

let setup = null;

export function open(container, context) {
  setup ??= new Setup(container, context);
  setup.open();
}

export function close() {
  setup.close();
}

const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** What every card is given. */
class Setup {
  constructor(container, context) {
    this.settings = new Settings();
    this.follow = context.follow;
    this.cards = new Map([...container.querySelectorAll('[data-card]')].map((section) => {
      const [button, body] = [section.querySelector('button'), section.querySelector('.card')];
      const card = { name: section.dataset.card, section, button, body, open: false, code: null };
      body.id = `set-${card.name}`;
      set(button, 'aria-controls', body.id);
      button.addEventListener('click', () => this.toggle(card));
      return [card.name, card];
    }));
    this.settings.watchers.add(() => this.show());
    byId('told-away').addEventListener('click', () => this.say(''));
    byId('told').querySelector('button').addEventListener('click', () => this.undo?.());
    byId('waiting-keys').querySelector('button').addEventListener('click', () => this.restart());
    this.opened = WIDE.matches ? ['input'] : [];
  }

  open() {
    this.unfollow = [
      this.follow({ status: (status) => status && this.summarise(status) }),
      onChange(({ stage }) => this.note(stage ? t('Stage mode: nothing can be changed until it is switched off.') : '')),
    ];
    this.loading = this.load();
  }

  async load() {
    try {
      await this.settings.load();
      if (step() !== null) {
        const { Wizard } = await import('./wizard.js');
        this.wizard ??= new Wizard(this);
        this.wizard.start();
      } else await this.expand(this.opened);
    } catch (error) {
      this.note(error.message);
    }
  }

  /** Say what is in the way, above everything. */
  note(text) {
    const note = byId('set-note');
    note.hidden = !text;
    put(note, text);
  }

  close() {
    this.unfollow.forEach((end) => end());
    this.say('');
    for (const card of this.cards.values()) this.turn(card, false);
  }

  async toggle(card) {
    await this.loading;
    if (!this.settings.values) await (this.loading = this.load());
    if (!this.settings.values) return;
    if (this.wizard?.running) await this.turn(card, !card.open);
    else if (!card.open || !WIDE.matches) await this.expand(card.open ? [] : [card.name]);
  }

  /** Show these cards' insides, and no others'. */
  async expand(names) {
    this.opened = names;
    await Promise.all([...this.cards.values()].map((card) => this.turn(card, names.includes(card.name))));
    // what was closed above a card that opens moves it out of sight
    if (names.length === 1 && !WIDE.matches && !this.wizard?.running) this.cards.get(names[0]).button.parentElement.scrollIntoView();
  }

  async turn(card, on) {
    set(card.button, 'aria-expanded', String(on));
    card.body.hidden = !on;
    if (on === card.open) return;
    card.open = on;
    if (!on) return card.code?.close?.();
    card.code ??= new (await import(`./setup-${card.name}.js`)).Card(this, card.body);
    if (!card.open) return undefined;
    card.code.show?.();
    return card.code.open?.();
  }

  show() {
    const { settings } = this;
    for (const { open, code } of this.cards.values()) if (open) code?.show?.();
    const waiting = byId('waiting-keys');
    waiting.hidden = !settings.restart_needed.length;
    put(waiting.firstElementChild, t('Saved, and in force after a restart: {keys}.', { keys: settings.restart_needed.join(', ') }));
    if (settings.note) this.note(told(settings.note));
    this.summarise();
  }

  summarise(status = this.status) {
    this.status = status;
    const { settings } = this;
    if (!settings.values) return;
    const say = (name, text) => put(this.cards.get(name).button.querySelector('small'), text);
    const receivers = settings.get('osc.targets').length;
    const port = settings.get('midi.port');
    say('input', told(status?.source.name) || settings.get('audio.input'));
    say('lights', settings.get('led.driver') === 'none' ? t('none yet') : `${settings.get('led.driver')}, ${settings.get('led.count')}`);
    say('reactivity', PACES[nearest(settings.values.decision).pace]);
    say('gear', [receivers && plural(receivers, '{count} receiver', '{count} receivers'), port].filter(Boolean).join(', ') || t('nothing yet'));
    say('language', new Intl.DisplayNames(language(), { type: 'language' }).of(language()));
    say('model', status?.model ? `${status.model.name} ${status.model.version}` : '');
  }

  /**
   * Save settings, say so, and offer the way back.
   * @param {Object} patch - by section.name; null stands for the default
   * @param {function(string)} complain - told why not, or ''
   * @returns {Promise<boolean>} whether they were saved
   */
  async change(patch, complain, says = t('Saved')) {
    try {
      const before = await this.settings.save(patch);
      complain('');
      this.say(says, () => this.change(before, complain, t('Undone')));
      return true;
    } catch (error) {
      complain(error.message.replace(/^\w+\.\w+: /, ''));
      return false;
    }
  }

  /** Say something below, with a way to undo it if there is one. */
  say(text, undo = null) {
    clearTimeout(this.timer);
    this.undo = undo;
    const told = byId('told');
    put(told.firstChild, text);
    told.children[1].hidden = !undo;
    told.hidden = !text;
    if (text) this.timer = setTimeout(() => (told.matches(':hover, :focus-within') ? this.say(text, undo) : this.say('')), TOLD_MS);
  }

  async restart() {
    const askedAt = performance.now();
    let moved;
    try {
      moved = (await ask('api/restart', {})).url;
    } catch (error) {
      return this.say(error.message);
    }
    this.say(t('Back in a moment …'));
    for (let passed = 0; passed < BACK_WITHIN_MS; passed = performance.now() - askedAt) {
      await wait(ASK_AGAIN_MS);
      if (moved && passed > 3000) return location.assign(`${moved}#setup`);
      const status = await ask('api/status').catch(() => null);
      if (!status || 1000 * status.uptime_s > performance.now() - askedAt) continue;
      await this.settings.load();
      return this.say(t('The guitar is back'));
    }
    return this.say(t('The guitar has not come back yet. If it stays so, switch it off and on.'));
  }
}
