/** What the model is, how right it is, and what that was measured on. */

import { ask } from './ask.js';
import { byId, make, put } from './dom.js';
import { number, t } from './language.js';

export class Card {
  async open() {
    try {
      const { name, version, licence, figures, card } = await ask('api/model');
      put(byId('model-name'), [name, version, licence].filter(Boolean).join(' · '));
      const percent = (share) => `${number(Math.round(100 * share))} %`;
      fill('model-figures', figures ? [
        [t('Names the right one of four emotions'), `${percent(figures.accuracy)} ± ${number(100 * figures.accuracy_deviation, 1)}`],
        [t('Excited or calm'), percent(figures.arousal)],
        [t('Pleasant or unpleasant'), percent(figures.valence)],
        [t('Its certainty is off by'), percent(figures.calibration_error)],
        [t('Size'), t('{count} parameters', { count: figures.parameters })],
      ] : []);
      put(byId('model-note'), figures ? figures.note : t('No figures are known of this model.'));
      fill('model-card', Object.entries(card).map(([key, value]) => [key.replaceAll('_', ' '), typeof value === 'string' ? value : JSON.stringify(value)]));
    } catch (error) {
      put(byId('model-note'), error.message);
    }
  }
}

function fill(id, pairs) {
  byId(id).replaceChildren(...pairs.flatMap(([term, value]) => [make('dt', '', term), make('dd', '', value)]));
}
