/** Which language this device reads. */

import { byId, make } from './dom.js';
import { choose, chosen, languages, t } from './language.js';

export class Card {
  constructor() {
    byId('tongue').addEventListener('change', () => choose(byId('tongue').value));
  }

  async open() {
    const all = await languages().catch(() => []);
    const option = (value, text) => Object.assign(make('option', '', text), { value });
    byId('tongue').replaceChildren(option('', t('as the browser')), ...all.map(({ code, name }) => option(code, name)));
    byId('tongue').value = chosen();
  }
}
