/** Where the page begins: its language first, so that every module can say what it says from its first line. */

import { ready, translate } from './language.js';

ready.then(() => {
  translate(document.documentElement);
  return import('./main.js');
});
