/** Acts that nobody should do by accident. */

import { put } from './dom.js';
import { t } from './language.js';

const HOLD_MS = 1500;
const AGAIN_MS = 4000;

/** Do something when a button is pressed a second time. */
export function twice(button, question, act) {
  if (button.dataset.asked) {
    delete button.dataset.asked;
    put(button, button.dataset.says);
    act();
    return;
  }
  button.dataset.says = button.textContent;
  button.dataset.asked = 'yes';
  put(button, question);
  setTimeout(() => {
    if (!button.dataset.asked) return;
    delete button.dataset.asked;
    put(button, button.dataset.says);
  }, AGAIN_MS);
}

/** Do something when a button was held for a while; or was pressed twice, which a screen reader can do as well. */
export function hold(button, act) {
  let timer = 0;
  const begin = () => {
    if (timer) return;
    button.classList.add('held');
    timer = setTimeout(() => {
      end();
      act();
    }, HOLD_MS);
  };
  const end = () => {
    clearTimeout(timer);
    timer = 0;
    button.classList.remove('held');
  };
  button.addEventListener('pointerdown', begin);
  for (const name of ['pointerup', 'pointerleave', 'pointercancel', 'keyup', 'blur']) button.addEventListener(name, end);
  button.addEventListener('keydown', ({ key }) => [' ', 'Enter'].includes(key) && begin());
  button.addEventListener('contextmenu', (event) => event.preventDefault());
  button.addEventListener('click', () => twice(button.querySelector('span'), t('Press again to unlock'), act));
}
