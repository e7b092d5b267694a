/** One question to the guitar, and its answer; whatever goes wrong becomes an Error in words for a person. */

import { t } from './language.js';
import { told } from './told.js';

export class Refused extends Error {
  /** @param {number} status - of the answer; 0 when there was none */
  constructor(status, detail) {
    super(detail);
    this.status = status;
  }
}

/** @returns {Promise<Object>} the JSON of the answer */
export async function ask(path, body, method = body === undefined ? 'GET' : 'POST') {
  const json = body === undefined ? {} : { headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) };
  const answer = await fetch(path, { method, cache: 'no-store', ...json }).catch(() => null);
  if (!answer) throw new Refused(0, t('No contact with the guitar. Is it on, and this device in its Wi-Fi?'));
  const said = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Refused(answer.status, told(said.detail) || answer.statusText);
  return said;
}
