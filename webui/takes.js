/** The view of the takes: follows what the guitar keeps, and shows the list, one take, or two side by side. */

import { ask } from './ask.js';
import { byId, put } from './dom.js';
import { t } from './language.js';
import { RecordButton, canKeep, keep } from './record.js';
import { Level } from './sound.js';
import { TakesList } from './takes-list.js';
import { Compare } from './takes-compare.js';
import { TakeView } from './take-view.js';
import { Uploads } from './takes-upload.js';
import { gigabytes } from './takes-words.js';
import { told } from './told.js';

const LOOK_MS = 15000; // for what other programs change; changes of the service itself are told at once
const TOAST_MS = 8000;
const WIDE = matchMedia('(min-width: 60rem)'); // as in takes.css

let page = null;

export function open(container, context) {
  page ??= new Takes(context);
  page.open();
}

export function close() {
  page.close();
}

class Takes {
  constructor(context) {
    this.context = context;
    this.known = new Map();
    this.seen = this.recorder = null;
    this.loadedAt = 0;
    const did = (act) => this.did(act);
    this.button = new RecordButton(byId('record'), (taken) => did(taken));
    this.level = new Level('record-');
    this.list = new TakesList({ remove: (take) => this.remove(take), restore: (id) => this.restore(id) });
    this.uploads = new Uploads(() => this.load());
    const view = { explain: (...moment) => context.explain(...moment), remove: (take) => this.remove(take), change: (...change) => this.change(...change) };
    this.view = new TakeView(view);
    this.compare = new Compare();
    this.route = this.route.bind(this);
    byId('keep').addEventListener('click', () => this.did(this.kept()));
    byId('deleted').addEventListener('click', () => this.turn());
    byId('toast').addEventListener('focusout', () => this.fade());
  }

  open() {
    this.unfollow = this.context.follow({ prediction: (value) => this.level.setState(value), status: (value) => this.setStatus(value) });
    addEventListener('hashchange', this.route);
    WIDE.addEventListener('change', this.route);
    this.load();
    this.route();
  }

  close() {
    this.unfollow();
    removeEventListener('hashchange', this.route);
    WIDE.removeEventListener('change', this.route);
    this.view.stop();
    this.button.setState(null); // it would count on
  }

  /**
   * Show what the address says: #takes, #takes/ID, or #takes/ID+ID for two.
   *
   * @param {boolean} sure - whether what is not known now is gone
   */
  route(sure) {
    const [part, rest = ''] = location.hash.slice(1).split('/');
    if (part !== 'takes') return;
    const [asked, two] = rest.split('+').map((id) => this.known.get(id) ?? null);
    const one = asked ?? (!rest && WIDE.matches ? this.beside() : null);
    const unknown = rest && !(one && (two || two === undefined));
    if (unknown && sure === true) return void (location.hash = '#takes');
    if (unknown) this.load();
    const shown = two ? 'compare' : one ? 'take' : 'list';
    const before = byId('takes').dataset.show;
    byId('takes').dataset.show = shown;
    byId('take').hidden = shown !== 'take';
    byId('compare').hidden = shown !== 'compare';
    if (before && before !== shown) {
      scrollTo(0, 0);
      // as after following any link, reading goes on where it leads, and comes back to where it was
      if (shown === 'list') this.list.focus();
      else byId(shown).focus({ preventScroll: true });
    }
    byId('take-none').hidden = shown !== 'list' || !this.known.size;
    this.list.mark([one?.id, two?.id]);
    this.view.show(shown === 'take' ? one : null, [...this.known.values()]);
    this.compare.show(shown === 'compare' ? [one, two] : null);
  }

  /** What is shown beside the list while no take was chosen: what is there already, or the newest. */
  beside() {
    const shown = this.known.get(this.view.take?.id);
    return shown ?? [...this.known.values()].find(({ state }) => state === 'ready') ?? null;
  }

  setStatus(status) {
    const takes = status?.takes ?? null;
    this.recorder = takes;
    this.button.setState(takes);
    this.list.setState(takes);
    byId('keep').disabled = !canKeep(takes);
    if (!takes) {
      this.seen = null;
      return;
    }
    this.say();
    if (takes.changes !== this.seen || Date.now() - this.loadedAt > LOOK_MS) this.load();
  }

  say() {
    const { state, note, lost_s: lost, free_mb: free, in_memory_s: memory } = this.recorder;
    const trouble = { full: t('Recording has ended, since there is no room'), failed: t('Takes cannot be kept now') }[state];
    byId('record-trouble').hidden = !trouble && !lost;
    put(byId('record-trouble'), trouble ? `${trouble}: ${told(note)}` : lost ? t('The disk is too slow: {seconds} s are lost', { seconds: lost }) : '');
    const kept = [...this.known.values()].reduce((sum, take) => sum + take.duration_s, 0) / 60;
    const most = this.limits?.keep_minutes;
    const says = [
      t('The last {seconds} s are in memory', { seconds: Math.round(memory) }),
      most ? t('{minutes} of {most} min are used', { minutes: Math.round(kept), most }) : '',
      free ? t('{size} GB are free', { size: gigabytes(free) }) : '',
    ];
    put(byId('record-says'), says.filter(Boolean).join(' · '));
  }

  async load() {
    if (this.loading) return (this.again = true);
    this.loading = true;
    try {
      const said = await ask('api/takes');
      const bin = this.list.bin ? (await ask('api/takes?deleted=1')).takes : [];
      this.loadedAt = Date.now();
      this.seen = said.changes;
      this.limits = said.limits;
      this.known = new Map(said.takes.map((take) => [take.id, take]));
      this.uploads.setLimits(said.limits);
      this.list.show(said.takes, bin, said.limits);
      this.recorder = said;
      this.list.setState(said);
      this.say();
      this.route(!this.again);
    } catch (error) {
      this.list.fail(told(error.message));
    }
    this.loading = false;
    if (this.again) {
      this.again = false;
      this.load();
    }
  }

  async turn() {
    this.list.turn();
    await this.load();
  }

  /** What a person asked for: done and shown, or why not. */
  async did(act) {
    try {
      await act;
    } catch (error) {
      this.toast(told(error.message), 'alert');
    }
    await this.load();
  }

  async kept() {
    const take = await keep(Number(byId('keep-s').value));
    this.toast(t('Kept as “{name}”', { name: take.name }), 'status', t('Open'), () => (location.hash = `#takes/${take.id}`));
  }

  change(take, what) {
    return this.did(ask(`api/takes/${take.id}`, what, 'PATCH'));
  }

  remove(take) {
    return this.did((async () => {
      await ask(`api/takes/${take.id}`, undefined, 'DELETE');
      if (location.hash.includes(take.id)) location.hash = '#takes';
      this.toast(t('Deleted: “{name}”', { name: take.name }), 'status', t('Undo'), () => this.restore(take.id));
      byId('toast').querySelector('button').focus();
    })());
  }

  restore(id) {
    return this.did(ask(`api/takes/${id}/restore`, {}));
  }

  toast(text, role, action, run) {
    const box = byId('toast');
    const [says, button] = box.children;
    box.hidden = false;
    says.setAttribute('role', role);
    put(says, text);
    put(button, action ?? t('Close'));
    button.onclick = () => {
      box.hidden = true;
      run?.();
    };
    this.fade();
  }

  /** Not while somebody is about to use it. */
  fade() {
    const box = byId('toast');
    clearTimeout(this.fading);
    this.fading = setTimeout(() => {
      if (box.matches(':hover, :focus-within')) this.fade();
      else box.hidden = true;
    }, TOAST_MS);
  }
}
