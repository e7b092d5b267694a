/** The four probabilities. */

import { byId, make, put, shape } from './dom.js';
import { EMOTIONS, called, percent } from './words.js';

export class Bars {
  constructor() {
    this.rows = EMOTIONS.map((emotion) => {
      const fill = make('div', 'fill');
      const number = make('b');
      const row = make('li', '', shape(emotion), make('span', '', called(emotion)), make('div', 'track', fill), number);
      row.dataset.emotion = emotion;
      byId('bars').append(row);
      return { emotion, row, fill, number };
    });
    this.setState(null);
  }

  setState(prediction) {
    for (const { emotion, row, fill, number } of this.rows) {
      const p = prediction?.probabilities?.[emotion] ?? 0;
      fill.style.transform = `scaleX(${p.toFixed(3)})`;
      put(number, prediction?.probabilities ? percent(p) : '–');
      row.classList.toggle('top', prediction?.label === emotion);
    }
  }
}
