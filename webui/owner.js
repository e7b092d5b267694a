/** Whether this page may change the guitar. */

const FROM_MS = 4000;

/** What the guitar said last: `known` is false before its first word. */
export const owner = { known: false, owner: false, because: '', stage: false, lights: false };

const callbacks = new Set();

/**
 * Be told of every change of `owner`, and at once if it is known.
 *
 * @param {function(Object)} callback
 * @returns {function()} ends it
 */
export function onChange(callback) {
  callbacks.add(callback);
  if (owner.known) callback(owner);
  return () => callbacks.delete(callback);
}

/** Ask the guitar again; without contact everything stays as it was. */
export async function refresh() {
  const answer = await fetch('api/owner', { cache: 'no-store', signal: AbortSignal.timeout(FROM_MS) }).catch(() => null);
  if (answer?.ok) learn(await answer.json());
}

/** @param {Object} now - what the guitar says of the owner */
export function learn(now) {
  const before = JSON.stringify(owner);
  Object.assign(owner, now, { known: true });
  if (JSON.stringify(owner) === before) return;
  callbacks.forEach((callback) => callback(owner));
}

/** Take up what every status says; the rest is asked for when it tells something new. */
export function setStatus(status) {
  if (typeof status?.stage === 'boolean' && status.stage !== owner.stage) refresh();
}
