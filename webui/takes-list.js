/** The list of takes, newest first, and what was deleted. */

import { byId, make, put, set, shape } from './dom.js';
import { plural, t } from './language.js';
import { drawThumbnail } from './takes-strip.js';
import { clock, length, megabytes, when } from './takes-words.js';
import { told } from './told.js';
import { EMOTIONS, called } from './words.js';

export class TakesList {
  /** @param {Object<string, function>} acts - remove(take), restore(id) */
  constructor(acts) {
    this.acts = acts;
    this.takes = this.deleted = [];
    this.rows = new Map();
    this.bin = false;
    this.marked = [];
    byId('filter').querySelector('fieldset').append(...EMOTIONS.map((emotion) => choice('label', emotion, true)));
    byId('filter').addEventListener('input', () => this.draw());
    byId('filter').addEventListener('submit', (event) => event.preventDefault());
  }

  show(takes, deleted, limits) {
    Object.assign(this, { takes, deleted, limits });
    const bytes = takes.reduce((sum, take) => sum + take.bytes, 0);
    byId('export-all').hidden = !bytes;
    put(byId('export-all'), t('All as ZIP, about {size} MB', { size: megabytes(1.1 * bytes) }));
    this.draw();
  }

  fail(text) {
    if (!this.takes.length) put(byId('takes-say'), text);
  }

  turn() {
    this.bin = !this.bin;
    set(byId('deleted'), 'aria-pressed', String(this.bin));
  }

  /** Go back to the take that was shown last. */
  focus() {
    this.rows.get(this.marked[0])?.link?.focus();
  }

  mark(ids) {
    this.marked = ids;
    for (const [id, { link }] of this.rows) {
      if (ids.includes(id)) link?.setAttribute('aria-current', 'true');
      else link?.removeAttribute('aria-current');
    }
  }

  draw() {
    const { label } = byId('filter').elements;
    const words = byId('filter-text').value.toLowerCase().split(/\s+/);
    const found = (take) => (!label.value || take.label === label.value || take.meant === label.value)
      && words.every((word) => [take.name, ...take.tags].join(' ').toLowerCase().includes(word));
    const all = this.bin ? this.deleted : this.takes;
    const shown = all.filter(found);
    byId('filter').hidden = !all.length;
    put(byId('takes-say'), this.says(all, shown));
    const rows = shown.map((take) => this.row(take));
    const list = byId('takes-list');
    // only what changed is moved, so that the focus stays
    rows.forEach((row, k) => list.children[k] !== row && list.insertBefore(row, list.children[k] ?? null));
    while (list.children.length > rows.length) list.lastElementChild.remove();
    this.mark(this.marked);
  }

  says(all, shown) {
    if (this.bin) return all.length ? t('Deleted; each can be restored for an hour.') : t('Nothing was deleted within the last hour.');
    if (!all.length) return t('No takes yet. Record one, keep what you just played, or bring a recording.');
    return shown.length < all.length ? t('{shown} of {count} takes', { shown: shown.length, count: all.length }) : plural(all.length, '{count} take', '{count} takes');
  }

  row(take) {
    const key = JSON.stringify([take, this.bin]);
    const known = this.rows.get(take.id);
    if (known?.key === key) return known.node;
    const row = { key, state: make('small', 'state') };
    const about = [when(take), take.duration_s ? length(take) : '', take.label ? called(take.label) : ''];
    const parts = [make('b', '', take.name), make('small', '', about.filter(Boolean).join(' · '))];
    if (take.state === 'ready') {
      const strip = make('span', 'runs');
      drawThumbnail(strip, take.timeline);
      strip.setAttribute('aria-hidden', 'true');
      parts.push(strip);
    } else parts.push(row.state);
    if (take.meant) parts.push(make('small', 'meant', shape(take.meant), t('meant: {emotion}', { emotion: called(take.meant) })));
    if (take.tags.length) parts.push(make('span', 'chips', ...take.tags.map((tag) => make('small', 'chip', tag))));
    if (take.note) parts.push(make('small', 'alarm', told(take.note)));
    const opens = take.state === 'ready' && !this.bin;
    const body = make(opens ? 'a' : 'div', 'body', ...parts);
    if (opens) {
      row.link = body;
      body.href = `#takes/${take.id}`;
    }
    row.node = make('li', `card ${take.state}`, shape(take.label || { failed: 'broken' }[take.state] || 'waiting'), body);
    if (take.label) row.node.dataset.emotion = take.label;
    if (this.bin) row.node.append(act(t('Restore'), t('Restore “{name}”', { name: take.name }), () => this.acts.restore(take.id)));
    else if (opens || take.state === 'failed') row.node.append(act('✕', t('Delete “{name}”', { name: take.name }), () => this.acts.remove(take)));
    this.rows.set(take.id, row);
    return row.node;
  }

  /** How far what is not ready is. */
  setState(now) {
    for (const take of this.takes) {
      const row = this.rows.get(take.id);
      if (!row || take.state === 'ready') continue;
      const { analysing, progress } = now?.uploads ?? {};
      put(row.state, {
        recording: now?.take === take.id ? t('being recorded, {time}', { time: clock(now.recorded_s) }) : t('being recorded'),
        analysing: analysing === take.id ? t('being analysed, {percent} %', { percent: Math.round(100 * progress) }) : t('waits to be analysed'),
        failed: t('cannot be used'),
      }[take.state]);
    }
  }
}

function act(text, label, run) {
  const button = Object.assign(make('button', 'quiet', text), { type: 'button' });
  button.setAttribute('aria-label', label);
  button.addEventListener('click', run);
  return button;
}

/** A radio button for an emotion. */
export function choice(name, emotion, small = false) {
  const input = Object.assign(make('input'), { type: 'radio', name, value: emotion });
  const label = make('label', '', input, make('span', '', shape(emotion), make('span', small ? 'word' : '', called(emotion))));
  label.title = called(emotion);
  return label;
}
