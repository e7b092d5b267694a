/** Where OSC and MIDI go, tests of both, and what is being sent. */

import { ask } from './ask.js';
import { byId, make, put } from './dom.js';
import { t } from './language.js';
import { Field, more } from './setting-field.js';
import { told } from './told.js';

const POLL_MS = 1000;
const TARGETS = 'osc.targets';

export class Card {
  constructor(setup, body) {
    this.setup = setup;
    this.rows = new Map(); // by target
    this.sent = new Map(); // by receiver and address
    this.port = new Field(setup, 'midi.port', { label: t('Port'), offer: ports([]) });
    byId('midi-fields').append(this.port.node);
    this.more = more(setup, [...setup.settings.rest('osc', TARGETS), ...setup.settings.rest('midi', 'midi.port')]);
    body.append(this.more.node);
    byId('target-add').addEventListener('submit', (event) => {
      event.preventDefault();
      this.add(byId('target').value.trim());
    });
    byId('midi-note').addEventListener('click', () => this.midi({ note: 60 }));
    byId('midi-cc').addEventListener('click', () => this.midi({ cc: 20 }));
  }

  open() {
    ask('api/midi/ports').then(({ ports: names, note }) => {
      this.port.choices(ports(names));
      put(byId('midi-says'), told(note));
    }).catch((error) => put(byId('midi-says'), error.message));
    this.watch();
  }

  close() {
    clearTimeout(this.timer);
    this.timer = null;
  }

  show() {
    this.port.show();
    this.more.show();
    const targets = this.setup.settings.get(TARGETS);
    byId('targets').replaceChildren(...targets.map((target) => {
      const row = this.rows.get(target) ?? this.row(target);
      this.rows.set(target, row);
      return row;
    }), ...(targets.length ? [] : [make('li', 'small', t('nobody yet'))]));
  }

  row(target) {
    const says = make('small', 'said');
    const button = (text, label, act) => {
      const made = Object.assign(make('button', '', text), { type: 'button' });
      made.setAttribute('aria-label', label);
      made.addEventListener('click', act);
      return made;
    };
    says.setAttribute('role', 'status');
    return make('li', '', make('b', 'mono', target),
      button(t('Test'), t('Test {target}', { target }), () => this.test(target, says)),
      button('✕', t('Remove {target}', { target }), () => this.remove(target)), says);
  }

  async add(target) {
    const targets = this.setup.settings.get(TARGETS);
    const complain = (text) => {
      put(byId('target-trouble'), text && t('{target} is no address with a port, such as 192.168.4.2:9000', { target: target || '–' }));
      byId('target').setAttribute('aria-invalid', String(Boolean(text)));
    };
    if (!new RegExp(this.setup.settings.about(TARGETS).items.pattern).test(target)) return complain('no address');
    if (targets.includes(target)) return put(byId('target-trouble'), t('{target} is there already', { target }));
    if (await this.setup.change({ [TARGETS]: [...targets, target] }, complain)) byId('target').value = '';
    return byId('target').focus();
  }

  async remove(target) {
    const others = this.setup.settings.get(TARGETS).filter((each) => each !== target);
    await this.setup.change({ [TARGETS]: others }, (text) => put(byId('target-trouble'), text));
    byId('target').focus();
  }

  async test(target, says) {
    const { targets: [{ ok, note }] } = await ask('api/test/osc', { target }).catch((error) => ({ targets: [{ ok: false, note: error.message }] }));
    put(says, ok ? t('✓ /affetto/test was sent') : `! ${told(note)}`);
  }

  async midi(body) {
    try {
      const { sent, port } = await ask('api/test/midi', body);
      put(byId('midi-says'), t('✓ {what} went to {port}', { what: sent, port }));
    } catch (error) {
      put(byId('midi-says'), error.status === 409 ? t('Choose a MIDI port first.') : `! ${error.message}`);
    }
  }

  async watch() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.watch(), POLL_MS);
    try {
      const { outputs } = await ask('api/outputs/sent');
      if (!this.timer) return;
      const states = outputs.map(({ name, state, note }) => [name, told(note) || { ok: t('sends'), retrying: t('tries again'), off: t('off') }[state]].join(': '));
      put(byId('sent-state'), states.join(' · ') || t('Nothing is sent: add a receiver or choose a port.'));
      this.draw(outputs.flatMap(({ messages }) => messages));
    } catch (error) {
      put(byId('sent-state'), error.message);
    }
  }

  draw(messages) {
    const keys = new Set(messages.map(({ to, what }) => `${to} ${what}`));
    for (const [key, row] of this.sent) {
      if (keys.has(key)) continue;
      row.remove();
      this.sent.delete(key);
    }
    for (const { to, what, value } of messages) {
      let row = this.sent.get(`${to} ${what}`);
      if (!row) {
        row = make('p', '', make('span', '', what), make('b'), make('small', '', to));
        this.sent.set(`${to} ${what}`, row);
        byId('sent').append(row);
      }
      row.classList.toggle('new', row.children[1].textContent !== value);
      put(row.children[1], value);
    }
  }
}

const ports = (names) => [['', t('none')], ['virtual', t('a port of its own, “Affetto”')], ...names.map((name) => [name, name])];
