/** Versions of the sound, each with what the model says on hearing exactly that. */

import { byId, make, put, set, shape } from './dom.js';
import { t } from './language.js';
import { EMOTIONS, called, percent, signed } from './words.js';

const VERSIONS = {
  original: [t('As played'), ''],
  alone: [t('Alone'), t('rest 25 dB down')],
  enhanced: [t('Enhanced'), t('9 dB up')],
  weakened: [t('Weakened'), t('9 dB down')],
  removed: [t('Removed'), t('25 dB down')],
  changed: [t('Changed'), t('as proposed')],
};

export class Listen {
  /** @param {function(?number)} onTime - told the second of the recording that is heard, or null */
  constructor(onTime) {
    this.onTime = onTime;
    this.audio = byId('audio');
    this.rows = [];
    this.now = '';
    const draw = () => this.draw();
    for (const name of ['play', 'pause', 'ended', 'emptied']) this.audio.addEventListener(name, draw);
    this.audio.addEventListener('error', () => this.audio.currentSrc && this.now && this.fail());
  }

  /**
   * @param {?Object} job
   * @param {Object[]} others - further versions: name, title, hint, url, heard
   */
  show(job, others = []) {
    const explanation = job?.explanation;
    const files = Object.entries(explanation?.audio ?? {}).filter(([name]) => name in VERSIONS);
    const own = files.map(([name, file]) => ({
      name,
      title: VERSIONS[name][0],
      hint: VERSIONS[name][1],
      url: `api/explanations/${job.id}/sounds/${file}`,
      heard: explanation.check[name],
    }));
    const versions = [...own, ...others];
    const key = JSON.stringify(versions.map(({ url, title }) => [url, title]));
    byId('listen').hidden = versions.length === 0;
    if (key === this.key) return;
    this.key = key;
    this.beginS = explanation?.window_s[0] ?? 0;
    this.rows = versions.map((version) => this.row(version, versions[0].heard, explanation.of));
    byId('versions').replaceChildren(...this.rows.map((row) => row.item));
    if (!versions.some(({ url }) => url === this.now)) this.stop();
    this.draw();
  }

  row(version, original, of) {
    const button = make('button', 'play');
    button.type = 'button';
    button.addEventListener('click', () => this.toggle(version.url));
    const { share, number } = answer(version.heard, of);
    const fill = make('div', 'fill');
    fill.style.transform = `scaleX(${share.toFixed(3)})`;
    const track = make('div', 'track', fill);
    track.setAttribute('aria-hidden', 'true');
    const turned = version.heard.label !== original.label;
    const says = make('span', 'answer', shape(version.heard.label), make('b', '', number), ` ${called(of)}`, turned ? make('em', '', ` · ${t('now {emotion}', { emotion: called(version.heard.label) })}`) : '');
    const item = make('li', '', button, make('span', 'name', version.title, make('small', '', version.hint)), make('div', 'told', track, says));
    item.dataset.emotion = EMOTIONS.includes(of) ? of : version.heard.label;
    return { ...version, item, button };
  }

  async toggle(url) {
    if (this.now === url && !this.audio.paused) return this.audio.pause();
    await this.play(url);
  }

  /** Go on at the same place in another version: so they can be told apart. */
  async play(url) {
    put(byId('listen-trouble'), '');
    if (this.now !== url) {
      const at = this.audio.paused ? 0 : this.audio.currentTime;
      this.now = url;
      this.audio.src = url;
      this.audio.currentTime = at;
    }
    try {
      await this.audio.play();
    } catch (error) {
      if (error.name !== 'AbortError' && error.name !== 'NotAllowedError') this.fail();
    }
  }

  fail() {
    put(byId('listen-trouble'), t('This version is no longer kept, or there is no contact: ask again.'));
    this.stop();
  }

  stop() {
    this.audio.pause();
    this.now = '';
    if (this.audio.hasAttribute('src')) {
      this.audio.removeAttribute('src');
      this.audio.load();
    }
    this.draw();
  }

  draw() {
    const playing = Boolean(this.now) && !this.audio.paused;
    for (const { url, title, button } of this.rows) {
      const on = playing && url === this.now;
      set(button, 'aria-label', on ? t('Pause: {version}', { version: title }) : t('Play: {version}', { version: title }));
      button.classList.toggle('on', on);
    }
    cancelAnimationFrame(this.frame);
    if (playing) this.follow();
    else this.onTime(null);
  }

  follow() {
    this.onTime(this.beginS + this.audio.currentTime);
    this.frame = requestAnimationFrame(() => this.follow());
  }
}

/** What the model says of a sound, as a share of a bar and in words. */
export function answer(heard, of) {
  if (EMOTIONS.includes(of)) return { share: heard.probabilities[of], number: percent(heard.probabilities[of]) };
  const value = heard.mid_level[of];
  return { share: Math.min(1, Math.max(0, 0.5 + value / 6)), number: signed(value) };
}
