/** The parts of the page: one is shown at a time, as the address says; those that are needed seldom are loaded late. */

import { byId, make, put, set } from './dom.js';
import { fragment, style } from './fragment.js';
import { t } from './language.js';

const FIRST = 'live';

export class Views {
  /**
   * The address's hash says which, up to a slash; what follows is the part's own affair, as in #takes/0123456789ab.
   * A part but the first has its markup in <name>.html, its style in <name>.css, and in <name>.js two functions:
   * open(container, context), called whenever it is shown, and close(), called whenever it is left.
   *
   * @param {Object} context - what the page offers its parts
   * @param {function(string)} onShow - told the name of the part that is shown
   */
  constructor(context, onShow) {
    this.context = context;
    this.onShow = onShow;
    this.shown = '';
    this.mayAll = true;
    this.parts = new Map([...byId('tabs').children].map((tab) => {
      const name = tab.hash.slice(1);
      return [name, { name, tab, container: byId(`${name}-view`), loading: null, code: null, failed: false, broken: false, scroll: 0 }];
    }));
    // each part keeps its own place; the browser knows of one only
    history.scrollRestoration = 'manual';
    addEventListener('hashchange', () => this.show());
    byId('tabs').hidden = [...this.parts.values()].filter(({ tab }) => !tab.hidden).length < 2;
    this.show();
  }

  /** Show the owner's parts, or keep to what guests may see. */
  allow(all) {
    this.mayAll = all;
    for (const { tab } of this.parts.values()) if ('owner' in tab.dataset) tab.hidden = !all;
    byId('tabs').hidden = !all;
    this.show();
  }

  /** There is contact again: what could not be loaded may be now. */
  again() {
    const part = this.parts.get(this.shown);
    if (part.failed) this.open(part);
  }

  show() {
    const part = this.wanted();
    const left = this.parts.get(this.shown);
    if (part === left) return;
    this.shown = part.name;
    if (left) {
      left.scroll = scrollY;
      left.code?.close();
      left.code = null;
    }
    for (const each of this.parts.values()) {
      each.container.hidden = each !== part;
      if (each === part) set(each.tab, 'aria-current', 'page');
      else each.tab.removeAttribute('aria-current');
    }
    document.title = part.name === FIRST ? 'Affetto' : `${part.tab.textContent.trim()} · Affetto`;
    this.onShow(part.name);
    // as after following any link, reading goes on where it leads
    if (left) part.container.focus({ preventScroll: true });
    scrollTo(0, part.scroll);
    if (part.name !== FIRST) this.open(part);
  }

  wanted() {
    const part = this.parts.get(location.hash.slice(1).split('/')[0]);
    const allowed = part && (this.mayAll || !('owner' in part.tab.dataset));
    if (part && !allowed) history.replaceState(null, '', `#${FIRST}`);
    return allowed ? part : this.parts.get(FIRST);
  }

  async open(part) {
    part.failed = false;
    part.loading ??= this.load(part);
    let code;
    try {
      code = await part.loading;
    } catch {
      part.loading = null;
      part.failed = true;
      this.fail(part);
      return;
    }
    if (this.shown !== part.name || part.code) return;
    part.code = code;
    part.code.open(part.container, this.context);
    scrollTo(0, part.scroll);
  }

  async load(part) {
    const { name, container } = part;
    container.replaceChildren(make('p', 'loading', t('Loading …')));
    const [markup] = await Promise.all([fragment(name), style(`${name}.css`)]);
    part.broken = true;
    const code = await import(`./${name}.js`);
    part.broken = false;
    container.replaceChildren(...markup);
    return code;
  }

  fail(part) {
    const button = make('button', 'primary', t('Try again'));
    button.type = 'button';
    button.addEventListener('click', () => this.retry(part));
    const says = make('p', '', t('This part could not be loaded: the guitar does not answer. Is it on, and this device in its Wi-Fi?'));
    const card = make('div', 'card failed', says, button);
    set(card, 'role', 'alert');
    part.container.replaceChildren(card);
  }

  /** A browser may remember that a module could not be loaded, and only a new page lets it forget. */
  async retry(part) {
    try {
      await fetch(`${part.name}.js`, { cache: 'reload' });
    } catch {
      put(part.container.querySelector('p'), t('Still no answer from the guitar. Is it on, and this device in its Wi-Fi?'));
      return;
    }
    await this.open(part);
    if (part.failed && part.broken) location.reload();
  }
}
