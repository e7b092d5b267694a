/** What is loaded when it is first needed: markup, in the visitor's language, and style. */

import { make } from './dom.js';
import { translate } from './language.js';

/** @returns {Promise<Node[]>} what <name>.html holds */
export async function fragment(name) {
  const answer = await fetch(`${name}.html`);
  if (!answer.ok) throw new Error(`${name}.html: ${answer.status}`);
  const { body } = new DOMParser().parseFromString(await answer.text(), 'text/html');
  translate(body);
  return [...body.childNodes];
}

/** Load a style sheet once. */
export function style(href) {
  return new Promise((resolve, reject) => {
    if (document.querySelector(`link[href="${href}"]`)) return resolve();
    const link = Object.assign(make('link'), { rel: 'stylesheet', href, onload: resolve });
    link.onerror = () => {
      link.remove();
      reject(new Error(href));
    };
    document.head.append(link);
    return undefined;
  });
}
