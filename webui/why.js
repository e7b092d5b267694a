/** The values of the interpretable layer, and what each does to the shown emotion. */

import { byId, make, put, set } from './dom.js';
import { t } from './language.js';
import { CUES, FEATURES, MID_LEVEL, called, signed } from './words.js';

const LEAST_SCALE = 0.5;
const SCALE_DECAY = 0.99;
const STRONGEST = 3;

export class Why {
  constructor() {
    this.scale = LEAST_SCALE;
    this.rows = new Map();
    for (const [list, names] of [['features', FEATURES], ['cues', CUES]]) {
      for (const name of Object.keys(names)) byId(list).append(this.row(name));
    }
    for (const [name, [, , meaning]] of Object.entries(MID_LEVEL)) {
      byId('glossary').append(make('dt', '', called(name)), make('dd', '', meaning));
    }
    this.setState(null);
  }

  row(name) {
    const parts = { value: make('b'), bar: make('div', 'fill'), effect: make('small'), row: make('li') };
    parts.row.append(make('span', '', called(name)), parts.value, make('div', 'diverging', parts.bar), parts.effect);
    parts.row.title = MID_LEVEL[name][2];
    this.rows.set(name, parts);
    return parts.row;
  }

  setState(prediction) {
    const label = prediction?.label;
    const midLevel = label ? prediction.mid_level : {};
    const sizes = Object.values(midLevel).map(({ effects }) => Math.abs(effects[label])).sort((a, b) => b - a);
    // the scale follows the largest effect up at once and down slowly, so that bars do not jump
    this.scale = Math.max(LEAST_SCALE, sizes[0] ?? 0, this.scale * SCALE_DECAY);
    set(byId('why'), 'data-emotion', label ?? '');
    put(byId('why-title'), label ? t('Why {what}', { what: called(label) }) : t('Why'));
    for (const [name, { value, bar, effect, row }] of this.rows) {
      const found = midLevel[name];
      const size = found?.effects[label] ?? 0;
      bar.style.transform = `scaleX(${(size / this.scale).toFixed(3)})`;
      bar.classList.toggle('against', size < 0);
      row.classList.toggle('strong', Math.abs(size) >= Math.max(0.05, sizes[STRONGEST - 1] ?? 1));
      put(value, found ? signed(found.value) : '–');
      put(effect, found ? signed(size) : '–');
    }
  }
}
