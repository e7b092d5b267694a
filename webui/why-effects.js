/** This moment against what is usual: a bar for each feature's effect, and over it the box of the take. */

import { byId, make, put, set } from './dom.js';
import { t } from './language.js';
import { EMOTIONS, MID_LEVEL, called, signed } from './words.js';

const FEWEST_MOMENTS = 100; // of playing; before, nothing is known of what is usual

export class Effects {
  constructor() {
    this.rows = new Map();
  }

  /** @param {?Object} explanation */
  show(explanation) {
    byId('effects').hidden = !explanation;
    if (!explanation) return;
    const { of, heard, effects } = explanation;
    const emotion = EMOTIONS.includes(of) ? of : heard.label;
    const usual = effects.moments >= FEWEST_MOMENTS;
    put(byId('effects-title'), t('Effect on {what}', { what: called(emotion) }));
    byId('effects-usual').hidden = !usual;
    byId('effects-unknown').hidden = usual;
    const numbers = Object.values(effects.features).map((f) => [f.effects[emotion], ...(usual ? [f.box[emotion].low, f.box[emotion].high] : [])]);
    const least = Math.min(0, ...numbers.flat());
    const most = Math.max(0, ...numbers.flat());
    const place = (value) => (100 * (value - least)) / (most - least || 1);
    for (const name of effects.ranked[emotion]) {
      const row = this.row(name);
      byId('effects-rows').append(row.item);
      this.draw(row, effects.features[name], emotion, usual, place);
      row.item.classList.toggle('asked', name === of);
    }
  }

  row(name) {
    if (!this.rows.has(name)) {
      const row = { bar: make('i', 'bar'), whisker: make('i', 'whisker'), box: make('i', 'box'), median: make('i', 'median'), zero: make('i', 'zero'), now: make('i') };
      row.number = make('b');
      row.says = make('span', 'hidden');
      const plot = make('div', 'plot', row.zero, row.bar, row.whisker, row.box, row.median, row.now);
      plot.setAttribute('aria-hidden', 'true');
      row.item = make('li', '', make('span', '', called(name)), plot, row.number, row.says);
      row.item.title = MID_LEVEL[name][2];
      this.rows.set(name, row);
    }
    return this.rows.get(name);
  }

  draw(row, { effects, box, value, usual }, emotion, known, place) {
    const now = effects[emotion];
    span(row.bar, place(0), place(now));
    row.bar.className = `bar ${now < 0 ? 'con' : 'pro'}`;
    row.now.className = `now ${now < 0 ? 'con' : 'pro'}`;
    row.now.style.left = `${place(now)}%`;
    row.zero.style.left = `${place(0)}%`;
    const { low, first_quartile: first, median, third_quartile: third, high } = box[emotion];
    for (const mark of [row.whisker, row.box, row.median]) mark.hidden = !known;
    span(row.whisker, place(low), place(high));
    span(row.box, place(first), place(third));
    row.median.style.left = `${place(median)}%`;
    put(row.number, signed(now));
    const numbers = { value: signed(value), usual: signed(usual), first: signed(first), third: signed(third) };
    put(row.says, known
      ? t('its value is {value}, usually {usual}; its effect is usually from {first} to {third}', numbers)
      : t('its value is {value}', numbers));
    set(row.item, 'data-sign', now < 0 ? 'con' : 'pro');
  }
}

function span(node, a, b) {
  node.style.left = `${Math.min(a, b)}%`;
  node.style.width = `${Math.abs(b - a)}%`;
}
