/** What the guitar says of itself: what it listens to, its outputs, its model. */

import { byId, make, put } from './dom.js';

const KINDS = { demo: 'the demo', device: 'a sound input', file: 'a file', udp: 'a sound stream' };
const SIGNS = { ok: '✓', retrying: '↻', off: '–' };

export class Guitar {
  setState(status) {
    const source = status?.source;
    const demo = source?.kind === 'demo';
    byId('demo').hidden = !demo;
    put(byId('listening'), source ? (source.open ? `Listening to ${source.name}` : `Not listening: ${source.name}`) : '');
    put(byId('source'), source ? describe(source) : 'Not known without contact.');
    const notes = [source?.note, demo && 'This is a demonstration: nobody’s guitar is being heard.', ...(status?.notes ?? [])];
    refill(byId('notes'), notes.filter(Boolean), (note) => make('li', '', note));
    // without the count of what was sent, which changes all the time
    refill(byId('outputs'), (status?.outputs ?? []).map(({ name, state, note }) => ({ name, state, note })), output);
    put(byId('about'), status ? about(status) : '');
  }
}

function describe(source) {
  const lost = [
    source.overflows && `${source.overflows} blocks lost by the driver`,
    source.overruns && `fell behind ${source.overruns} times`,
  ].filter(Boolean);
  const rate = source.rate_hz ? `, ${source.rate_hz / 1000} kHz` : '';
  return [`Source: ${source.name} (${KINDS[source.kind] ?? source.kind}${rate})`, source.open ? 'open' : 'closed', ...lost].join(' · ');
}

function output({ name, state, note }) {
  const item = make('li', `output ${state}`, make('b', '', `${SIGNS[state] ?? ''} ${name}`), ` ${state}`);
  if (note) item.append(make('small', '', note));
  return item;
}

function about({ version, uptime_s: uptime, model, streams }) {
  const minutes = Math.floor(uptime / 60);
  return [
    `Affetto ${version}, running for ${minutes < 1 ? 'less than a minute' : `${minutes} min`}`,
    model && ['model', model.name ?? model.file, model.version, model.licence && `(${model.licence})`].filter(Boolean).join(' '),
    streams && `${streams.open} of ${streams.limit} pages follow`,
  ].filter(Boolean).join(' · ');
}

/** Build a list anew only when it says something else. */
function refill(list, items, build) {
  const key = JSON.stringify(items);
  if (list.dataset.key === key) return;
  list.dataset.key = key;
  list.replaceChildren(...items.map(build));
}
