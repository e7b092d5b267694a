/** All settings as a file to keep, the way back from one, and a restart. */

import { Refused } from './ask.js';
import { byId, put } from './dom.js';
import { t } from './language.js';

export class Card {
  constructor(setup) {
    this.setup = setup;
    byId('restore').addEventListener('change', () => this.chosen());
    byId('restore-no').addEventListener('click', () => this.ask(null));
    byId('restore-yes').addEventListener('click', () => this.restore());
    byId('restore-undo').addEventListener('click', () => this.send('api/restore/undo', undefined, t('The settings are as before')));
    byId('restart').addEventListener('click', () => setup.restart());
  }

  show() {
    byId('restore-undo').hidden = !this.setup.settings.can_undo;
  }

  chosen() {
    put(byId('restore-trouble'), '');
    this.ask(byId('restore').files[0] ?? null);
  }

  /** Ask back before anything is replaced. */
  ask(file) {
    const asked = this.file;
    this.file = file;
    byId('restore-ask').hidden = !file;
    put(byId('restore-says'), file ? t('Replace all settings by those in {name}?', { name: file.name }) : '');
    byId('restore').value = '';
    if (file) byId('restore-yes').focus();
    else if (asked) byId('restore').focus();
  }

  async restore() {
    const { file } = this;
    this.ask(null);
    await this.send('api/restore', file, t('Settings restored'));
  }

  async send(path, body, says) {
    const { setup } = this;
    try {
      const answer = await fetch(path, { method: 'POST', body, headers: { 'Content-Type': body ? 'application/toml' : 'application/json' } });
      const document = await answer.json();
      if (!answer.ok) throw new Refused(answer.status, document.detail);
      setup.settings.take(document);
      setup.say(says, document.can_undo ? () => this.send('api/restore/undo', undefined, t('The settings are as before')) : null);
    } catch (error) {
      put(byId('restore-trouble'), error.message);
    }
  }
}
