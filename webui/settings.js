/** The guitar's settings as they are saved. Keys are written as in the settings file: section.name. */

import { ask } from './ask.js';

const ADDRESS = 'api/settings';

export class Settings {
  constructor() {
    this.values = null;
    this.watchers = new Set();
    this.queue = Promise.resolve();
  }

  async load() {
    this.take(await ask(ADDRESS));
  }

  take(document) {
    Object.assign(this, document);
    this.watchers.forEach((watcher) => watcher());
  }

  get(key) {
    return pick(this.values, key);
  }

  /** JSON schema of a key. */
  about(key) {
    return pick(this.schema, key);
  }

  standard(key) {
    return pick(this.defaults, key);
  }

  /** Every key of a section, without those that have a place of their own. */
  rest(section, ...others) {
    return Object.keys(this.schema[section]).map((name) => `${section}.${name}`).filter((key) => !others.includes(key));
  }

  /**
   * Save some keys, after what is being saved already.
   * @param {Object} patch - null stands for the default
   * @returns {Promise<Object>} the patch that undoes this one
   */
  save(patch) {
    const saving = this.queue.then(async () => {
      const keys = Object.keys(patch);
      const before = Object.fromEntries(keys.map((key) => [key, this.get(key)]));
      const sections = {};
      for (const key of keys) {
        const [section, name] = key.split('.');
        (sections[section] ??= {})[name] = patch[key];
      }
      this.take(await ask(ADDRESS, sections, 'PATCH'));
      return before;
    });
    this.queue = saving.catch(() => {});
    return saving;
  }
}

function pick(sections, key) {
  const [section, name] = key.split('.');
  return sections?.[section]?.[name];
}
