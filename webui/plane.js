/** Where the playing lies between unpleasant and pleasant, calm and excited; with the way it took. */

import { byId, put, set } from './dom.js';
import { t } from './language.js';
import { signed } from './words.js';

const TRAIL_POINTS = 40;

export class Plane {
  constructor() {
    this.trail = [];
    this.setState(null);
  }

  /** Begin the trail with the way that was taken while this page did not follow: valence and arousal, oldest first. */
  begin(way) {
    this.trail = way.map(([valence, arousal]) => `${(100 * valence).toFixed(1)},${(-100 * arousal).toFixed(1)}`);
  }

  setState(prediction) {
    const known = Boolean(prediction?.label);
    set(byId('plane'), 'class', known ? '' : 'empty');
    set(byId('plane'), 'data-emotion', prediction?.label ?? '');
    if (!known) {
      // without contact for a moment, the way is still the one that was taken
      if (prediction) this.trail = [];
      set(byId('trail'), 'points', '');
      put(byId('plane-says'), t('nothing heard yet'));
      return;
    }
    const { valence, arousal } = prediction;
    const [x, y] = [100 * valence, -100 * arousal].map((v) => v.toFixed(1));
    byId('point').style.transform = `translate(${x}px, ${y}px)`;
    this.trail = [...this.trail.slice(1 - TRAIL_POINTS), `${x},${y}`];
    set(byId('trail'), 'points', this.trail.join(' '));
    put(byId('plane-says'), t('valence {valence}, arousal {arousal}', { valence: signed(valence), arousal: signed(arousal) }));
  }
}
