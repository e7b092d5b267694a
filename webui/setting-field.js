/** The field of one setting, made from what the guitar says of it: description, limits, unit, and the way back. */

import { make, put } from './dom.js';
import { t } from './language.js';

const UNITS = { s: 's', hz: 'Hz', db: 'dB', dbfs: 'dBFS', ma: 'mA', mb: 'MB', minutes: 'min' };
const UNIT_OF = /_([a-z]+)$/;

export class Field {
  /**
   * @param {Object} setup - what setup.js gives every card
   * @param {string} key - section.name
   * @param {Object} own - `label` in place of the description, `offer` of [value, text] pairs to choose from,
   *   `percent` for a slider
   */
  constructor(setup, key, own = {}) {
    Object.assign(this, { setup, key, own, about: setup.settings.about(key) ?? {} });
    const says = t(key) === key ? this.about.description ?? key : t(key);
    this.unit = own.percent ? '%' : UNITS[UNIT_OF.exec(key)?.[1]] ?? '';
    this.input = this.control();
    this.input.id = `field-${key}`;
    this.error = make('p', 'error');
    this.error.id = `error-${key}`;
    this.input.setAttribute('aria-describedby', this.error.id);
    this.error.setAttribute('role', 'alert');
    this.back = Object.assign(make('button', 'back'), { type: 'button' });
    this.value = make('output', 'unit', this.unit);
    const label = make('label', '', own.label ?? says);
    label.htmlFor = this.input.id;
    const limits = own.label ? [] : [make('small', '', `${this.limits()} `, make('code', '', key))];
    this.node = make('div', `field ${this.input.type}`, label, make('div', 'entry', this.input, this.value), ...limits, this.error, this.back);
    this.input.addEventListener('change', () => this.save());
    if (own.percent) this.input.addEventListener('input', () => put(this.value, `${this.input.value} %`));
    this.back.addEventListener('click', () => setup.change({ [key]: null }, this.complain));
    this.complain = (text) => {
      put(this.error, text);
      this.input.setAttribute('aria-invalid', String(Boolean(text)));
    };
    this.show();
  }

  control() {
    const { enum: values, type, pattern, minimum, maximum } = this.about;
    const offer = this.own.offer ?? values?.map((value) => [value, value]);
    if (offer) {
      const select = make('select');
      this.choices(offer, select);
      return select;
    }
    const kind = this.own.percent ? 'range' : pattern?.startsWith('^#') ? 'color' : { boolean: 'checkbox', integer: 'number', number: 'number' }[type] ?? 'text';
    const input = Object.assign(make('input'), { type: kind, autocomplete: 'off', spellcheck: false });
    if (kind === 'checkbox') input.setAttribute('role', 'switch');
    if (kind === 'number') Object.assign(input, { min: minimum ?? '', max: maximum ?? '', step: type === 'integer' ? 1 : 'any', inputMode: minimum < 0 ? 'text' : 'decimal' });
    if (kind === 'range') Object.assign(input, { min: 0, max: 100, step: 5 });
    return input;
  }

  /** @param {Array} offer - of [value, text]; a saved value that is not among them stays to be chosen */
  choices(offer, select = this.input) {
    select.replaceChildren(...offer.map(([value, text]) => Object.assign(make('option', '', text), { value })));
    if (this.input) this.show();
  }

  limits() {
    const { minimum = this.about.exclusiveMinimum, maximum } = this.about;
    if (maximum === undefined || this.own.percent) return '';
    return t('{least} to {most}', { least: minimum, most: `${maximum} ${this.unit}`.trim() });
  }

  /** What is saved, on the page; a field that is being changed is left alone. */
  show() {
    const { settings } = this.setup;
    const value = settings.get(this.key);
    const { input } = this;
    const fixed = settings.fixed[this.key];
    if (input.type === 'checkbox') input.checked = value;
    else if (input.type === 'range') input.value = Math.round(100 * value);
    else if (input !== document.activeElement || !this.error.textContent) {
      const text = Array.isArray(value) ? value.join(', ') : String(value);
      if (input.tagName === 'SELECT' && ![...input.options].some((option) => option.value === text)) input.append(Object.assign(make('option', '', text), { value: text }));
      input.value = input.type === 'number' ? String(Number(value.toFixed(4))) : text;
    }
    if (this.own.percent) put(this.value, `${input.value} %`);
    const standard = settings.standard(this.key);
    input.disabled = this.back.disabled = Boolean(fixed);
    this.back.hidden = !fixed && JSON.stringify(value) === JSON.stringify(standard);
    put(this.back, fixed ? t('Given as {option} when it was started', { option: fixed }) : t('Back to {standard}', { standard: this.words(standard) }));
  }

  words(value) {
    const { percent, offer } = this.own;
    const chosen = offer?.find(([offered]) => String(offered) === String(value));
    if (chosen) return chosen[1];
    if (typeof value === 'boolean') return value ? t('on') : t('off');
    if (typeof value === 'number') return `${percent ? Math.round(100 * value) : Number(value.toFixed(4))} ${this.unit}`.trim();
    return value.length ? String(value) : t('empty');
  }

  async save() {
    const { input, about } = this;
    let value = input.value.trim();
    if (input.type === 'checkbox') value = input.checked;
    else if (input.type === 'range') value = input.value / 100;
    else if (about.type === 'array') {
      value = value.split(/[\s,]+/).filter(Boolean);
      if ((about.items || about.prefixItems[0]).type === 'integer') value = value.map(Number);
    } else if (['number', 'integer'].includes(about.type)) {
      if (input.value === '' || !input.validity.valid) return this.complain(about.type === 'integer' ? t('Enter a whole number: {limits}.', { limits: this.limits() }) : t('Enter a number: {limits}.', { limits: this.limits() }));
      value = Number(value);
    }
    const isSaved = await this.setup.change({ [this.key]: value }, this.complain);
    // text stays to be mended; what was merely chosen goes back to what holds
    if (!isSaved && !['text', 'number'].includes(input.type)) this.show();
  }
}

/** What is seldom wanted, behind one word. */
export function more(setup, keys, title = t('More')) {
  const fields = keys.map((key) => new Field(setup, key));
  const details = make('details', 'more', make('summary', '', title), ...fields.map(({ node }) => node));
  return { node: details, show: () => fields.forEach((field) => field.show()) };
}
