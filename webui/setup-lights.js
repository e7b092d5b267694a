/** The lights: a colour for each emotion, how bright, what they are made of, and tests that they show at once. */

import { ask } from './ask.js';
import { byId, make, put, shape } from './dom.js';
import { t } from './language.js';
import { Field, more } from './setting-field.js';
import { Leds } from './sound.js';
import { told } from './told.js';
import { EMOTIONS } from './words.js';

const EVERY_MS = 200;

export class Card {
  constructor(setup, body) {
    this.setup = setup;
    const own = (name, about) => new Field(setup, `led.${name}`, about);
    const drivers = [['none', t('none')], ['ws2812', t('WS2812 strip')], ['apa102', t('APA102 strip')], ['leds0', t('WS2812 strip on a Pi 5')], ['pwm', t('one RGB light')], ['terminal', t('the terminal')]];
    this.colours = EMOTIONS.map((emotion) => {
      const field = own(emotion, { label: t(emotion) });
      field.node.prepend(shape(emotion));
      field.input.addEventListener('input', () => this.pick(emotion, field.input.value));
      return field;
    });
    byId('colours').append(...this.colours.map(({ node }) => node));
    this.fields = [
      own('brightness', { label: t('Brightness'), percent: true }),
      own('driver', { label: t('What the lights are'), offer: drivers }),
      own('count', { label: t('How many') }),
      own('order', { label: t('Order of their colours') }),
    ];
    byId('light-fields').append(...this.fields.map(({ node }) => node));
    this.more = more(setup, ['led.limit_ma', 'led.spi', 'led.pins']);
    body.append(this.more.node);
    this.leds = new Leds('set-');
    body.addEventListener('click', ({ target }) => target.dataset.test && this.test(JSON.parse(target.dataset.test)));
  }

  open() {
    this.unfollow = this.setup.follow({ prediction: (prediction) => this.leds.setState(prediction) });
  }

  close() {
    this.unfollow();
  }

  show() {
    for (const part of [...this.colours, ...this.fields, this.more]) part.show();
    for (const { input, node } of this.colours) node.style.setProperty('--colour', input.value);
  }

  /** While a colour is being chosen, the lights show it. */
  pick(emotion, colour) {
    byId('colours').children[EMOTIONS.indexOf(emotion)].style.setProperty('--colour', colour);
    if (this.setup.settings.get('led.driver') === 'none') return;
    this.picked = { colour, seconds: 3 };
    this.timer ??= setTimeout(() => {
      this.timer = null;
      this.test(this.picked);
    }, EVERY_MS);
  }

  async test(body) {
    try {
      const { shown_on: shownOn } = await ask('api/test/led', body);
      const rgb = body.sequence === 'rgb' ? t('Was it red, green, blue? If not, choose another order above.') : '';
      put(byId('light-says'), rgb || t('Shown on: {lights}', { lights: shownOn.map(told).join(', ') }));
    } catch (error) {
      put(byId('light-says'), error.status === 409 ? t('Choose above what the lights are; then they can be tried.') : error.message);
    }
  }
}
