/** Every setting that has no card of its own. */

import { make } from './dom.js';
import { t } from './language.js';
import { more } from './setting-field.js';

const ELSEWHERE = ['audio', 'decision', 'led', 'osc', 'midi'];

export class Card {
  constructor(setup, body) {
    const titles = { web: t('The page'), explain: t('Explanations'), takes: t('Takes'), model: t('The model') };
    this.parts = Object.keys(setup.settings.schema).filter((section) => !ELSEWHERE.includes(section))
      .map((section) => more(setup, setup.settings.rest(section, 'web.setup_done'), titles[section] ?? section));
    body.append(...this.parts.map(({ node }) => node), make('p', 'small', t('The settings file: {file}', { file: setup.settings.file })));
  }

  show() {
    this.parts.forEach((part) => part.show());
  }
}
