/** What is listened to, how loud it arrives, and the ten-second check of gain and silence. */

import { ask } from './ask.js';
import { byId, make, put, set } from './dom.js';
import { t } from './language.js';
import { Field, more } from './setting-field.js';
import { Level } from './sound.js';
import { told } from './told.js';

const POLL_MS = 250;
const GOING = ['silence', 'playing'];
const GOOD = ['gain_good', 'noise_low', 'gate', 'gate_kept'];

/** From which level on somebody plays. */
export const GATE = ['decision.gate_dbfs', 'decision.gate_hysteresis_db', 'decision.gate_hold_s'];

export class Card {
  constructor(setup, body) {
    Object.assign(this, { setup, devices: [], result: null });
    const label = t('Listen to');
    this.input = new Field(setup, 'audio.input', { label, offer: this.offers() });
    this.channel = new Field(setup, 'audio.channel', { label: t('Channel'), offer: channels(0) });
    this.more = more(setup, [...setup.settings.rest('audio', 'audio.input', 'audio.channel'), ...GATE]);
    byId('in-fields').append(this.input.node, this.channel.node);
    body.append(this.more.node);
    this.level = new Level('set-');
    byId('in-look').addEventListener('click', () => this.look());
    byId('check-start').addEventListener('click', () => this.start());
    byId('check-stop').addEventListener('click', () => this.stop());
    byId('check-use').addEventListener('click', () => this.use());
  }

  open() {
    this.unfollow = this.setup.follow({ prediction: (prediction) => this.level.setState(prediction) });
    this.look();
    this.poll();
  }

  close() {
    this.unfollow();
    clearTimeout(this.timer);
    if (GOING.includes(this.phase)) this.stop();
  }

  show() {
    for (const part of [this.input, this.channel, this.more]) part.show();
  }

  offers() {
    const known = this.devices.filter(({ hardware }) => hardware).map(({ identity, name }) => [identity, name]);
    return [['auto', t('the sound card, by itself')], ...known, ['demo', t('the demo take')]];
  }

  async look() {
    put(byId('in-using'), t('Looking for sound cards …'));
    try {
      const { devices, using } = await ask('api/devices');
      this.devices = devices;
      this.input.choices(this.offers());
      const device = devices.find(({ identity }) => identity === using.identity);
      this.channel.choices(channels(device?.channels ?? 2));
      put(byId('in-using'), told(using.note) || t('Now: {name}, {rate} kHz', { name: told(using.name), rate: using.rate_hz / 1000 }));
    } catch (error) {
      put(byId('in-using'), error.message);
    }
  }

  async start() {
    this.result = null;
    await this.tell(ask('api/check', {}));
    byId('check-stop').focus();
  }

  async stop() {
    await this.tell(ask('api/check', undefined, 'DELETE'));
  }

  poll() {
    return this.tell(ask('api/check'));
  }

  async tell(asked) {
    clearTimeout(this.timer);
    const check = await asked.catch((error) => ({ phase: 'failed', note: error.message, left_s: 0, result: null }));
    this.draw(check);
    if (GOING.includes(check.phase)) this.timer = setTimeout(() => this.poll(), POLL_MS);
  }

  draw({ phase, left_s: leftS, note, result, progress = 0 }) {
    const going = GOING.includes(phase);
    const ended = this.phase !== undefined && this.phase !== phase && GOING.includes(this.phase);
    this.phase = phase;
    set(byId('check'), 'data-phase', phase);
    byId('check-how').hidden = going || Boolean(result);
    byId('check-now').hidden = byId('check-stop').hidden = !going;
    byId('check-start').hidden = going;
    byId('check-left').style.setProperty('--done', `${Math.round(100 * progress)}%`);
    put(byId('check-left'), String(Math.ceil(leftS)));
    put(byId('check-do'), { silence: t('Be quiet: lay your hand on the strings'), playing: t('Now play, as loud as you ever will') }[phase] ?? '');
    put(byId('check-start'), result || phase === 'failed' ? t('Check again') : t('Start the check'));
    byId('check-start').classList.toggle('primary', !result);
    if (phase === 'failed') byId('check-result').replaceChildren(make('p', 'error', told(note)));
    else if (!result) byId('check-result').replaceChildren();
    else if (JSON.stringify(result) !== this.result) this.conclude(result);
    this.result = result && JSON.stringify(result);
    if (ended) byId(byId('check-use').hidden ? 'check-start' : 'check-use').focus();
  }

  conclude({ verdict, findings, gate_dbfs: gate, gate_dbfs_now: now }) {
    const sentence = {
      good: t('Your guitar is heard well.'),
      too_quiet: t('Too quiet: turn the input up a little, and check again.'),
      too_loud: t('Too loud: turn the input down a little, and check again.'),
      noisy: t('Your guitar is heard, but the line is noisy.'),
      nobody_played: t('Nobody played. Check again, and play when the second count begins.'),
      not_silent: t('It was not quiet at first. Check again, with a hand on the strings.'),
    }[verdict];
    const items = findings.map(({ code, template, values }) => make('li', GOOD.includes(code) ? 'ok' : 'warn', t(template, values)));
    byId('check-result').replaceChildren(make('p', 'verdict', sentence ?? ''), make('ul', 'findings', ...items));
    this.gate = gate;
    byId('check-use').hidden = gate === now || !findings.some(({ code }) => code === 'gate');
    put(byId('check-use'), t('Use {level} dB as silence', { level: gate }));
  }

  async use() {
    const saved = await this.setup.change({ 'decision.gate_dbfs': this.gate }, (text) => text && this.setup.say(text));
    byId('check-use').hidden = saved;
    byId('check-start').focus();
  }
}

const channels = (count) => [[0, t('all, mixed')], ...Array.from({ length: count }, (_, k) => [k + 1, String(k + 1)])];
