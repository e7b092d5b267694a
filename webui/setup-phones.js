/** The guitar's Wi-Fi and address as codes for a phone's camera, and the phones that may change the guitar. */

import { ask } from './ask.js';
import { byId, put } from './dom.js';
import { t } from './language.js';
import { phones } from './owner-button.js';
import { told } from './told.js';

export class Card {
  constructor() {
    byId('paired').addEventListener('click', () => phones());
  }

  async open() {
    try {
      const spot = await ask('api/hotspot');
      put(byId('hotspot-note'), told(spot.note));
      figure('wifi', spot.wifi_qr);
      figure('address', spot.page_qr && spot.url ? spot.page_qr : '');
      put(byId('wifi-name'), spot.name);
      put(byId('wifi-pass'), spot.passphrase);
      put(byId('page-url'), spot.url || t('Only this machine can open the page (web.host).'));
    } catch (error) {
      put(byId('hotspot-note'), error.message);
    }
  }
}

function figure(id, source) {
  const figure = byId(id);
  figure.hidden = !source;
  if (source) figure.querySelector('img').src = source;
}
