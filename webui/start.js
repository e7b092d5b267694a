/** Where the page begins: its language first, so that every module can say what it says from its first line. */

import { ready, t, translate } from './language.js';

ready.then(() => {
  translate(document.documentElement);
  document.documentElement.classList.remove('starting');
  return import('./main.js');
}).catch((error) => {
  const contact = document.getElementById('contact');
  contact.textContent = t('The page could not be loaded as a whole. Load it again.');
  contact.hidden = false;
  throw error;
});
