/** What the guitar says of itself: what it listens to, its outputs, its model. */

import { byId, make, put } from './dom.js';
import { number, plural, t } from './language.js';
import { told } from './told.js';

const KINDS = { demo: t('the demo'), device: t('a sound input'), file: t('a file'), udp: t('a sound stream') };
const STATES = { ok: ['✓', t('ok')], retrying: ['↻', t('retrying')], off: ['–', t('off')] };

export class Guitar {
  setState(status) {
    const source = status?.source;
    const demo = source?.kind === 'demo';
    byId('demo').hidden = !demo;
    put(byId('listening'), source ? listening(source) : '');
    put(byId('source'), source ? describe(source) : t('Not known without contact.'));
    const notes = [source?.note, demo && t('This is a demonstration: nobody’s guitar is being heard.'), ...(status?.notes ?? [])];
    refill(byId('notes'), notes.filter(Boolean), (note) => make('li', '', told(note)));
    // without the count of what was sent, which changes all the time
    refill(byId('outputs'), (status?.outputs ?? []).map(({ name, state, note }) => ({ name, state, note })), output);
    put(byId('about'), status ? about(status) : '');
  }
}

function listening({ name, open }) {
  return open ? t('Listening to {source}', { source: told(name) }) : t('Not listening: {source}', { source: told(name) });
}

function describe({ name, kind, rate_hz: rate, open, overflows, overruns }) {
  return [
    t('Source: {source}', { source: told(name) }),
    KINDS[kind] ?? kind,
    rate && `${number(rate / 1000)} kHz`,
    open ? t('open') : t('closed'),
    overflows && plural(overflows, '{count} block lost by the driver', '{count} blocks lost by the driver'),
    overruns && plural(overruns, 'fell behind {count} time', 'fell behind {count} times'),
  ].filter(Boolean).join(' · ');
}

function output({ name, state, note }) {
  const [sign, says] = STATES[state] ?? ['', state];
  const item = make('li', `output ${state}`, make('b', '', `${sign} ${told(name)}`), ` ${says}`);
  if (note) item.append(make('small', '', told(note)));
  return item;
}

function about({ version, uptime_s: uptime, model, streams }) {
  const minutes = Math.floor(uptime / 60);
  return [
    minutes < 1
      ? t('Affetto {version}, running for less than a minute', { version })
      : t('Affetto {version}, running for {minutes} min', { version, minutes }),
    model && [t('model'), model.name ?? model.file, model.version, model.licence && `(${model.licence})`].filter(Boolean).join(' '),
    streams && t('{open} of {limit} pages follow', streams),
  ].filter(Boolean).join(' · ');
}

/** Build a list anew only when it says something else. */
function refill(list, items, build) {
  const key = JSON.stringify(items);
  if (list.dataset.key === key) return;
  list.dataset.key = key;
  list.replaceChildren(...items.map(build));
}
