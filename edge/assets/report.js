'use strict';

const { emotions: EMOTIONS, mid_level: MID_LEVEL, files } = JSON.parse(document.getElementById('analyses').textContent);
const STATES = {
  live: 'the label is clear',
  unsure: 'two are too close to call, or one gives way to the other',
  silent: 'nobody is playing; values are of the last sound heard',
  stale: 'the analysis fell behind; values are old',
  lost: 'the sound ended; values are old',
};
const SHAPES = {
  aggressive: { d: 'M64 2 16 57h29L33 98l51-57H54z' },
  happy: { d: 'M27 50a23 23 0 1 0 46 0a23 23 0 1 0-46 0z', stroke: 'M50 5v11M50 84v11M5 50h11M84 50h11M18 18l8 8M74 74l8 8M82 18l-8 8M26 74l-8 8' },
  relaxed: { stroke: 'M6 30q11-13 22 0t22 0 22 0 22 0M6 52q11-13 22 0t22 0 22 0 22 0M6 74q11-13 22 0t22 0 22 0 22 0' },
  sad: { d: 'M50 3C43 23 19 44 19 66a31 31 0 0 0 62 0C81 44 57 23 50 3z' },
  '': { stroke: 'M36 24v52M64 24v52' },
};
const BAND = { label: 30, gap: 8, axis: 22 };

function make(tag, className = '', ...children) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  node.append(...children);
  return node;
}

function shape(emotion) {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  svg.setAttribute('viewBox', '0 0 100 100');
  svg.setAttribute('aria-hidden', 'true');
  for (const [kind, d] of Object.entries(SHAPES[emotion] ?? SHAPES[''])) {
    const path = document.createElementNS('http://www.w3.org/2000/svg', 'path');
    path.setAttribute('d', d);
    if (kind === 'stroke') path.setAttribute('class', 'stroke');
    svg.append(path);
  }
  return svg;
}

const percent = (p) => `${Math.round(100 * p)} %`;
const clock = (s) => `${Math.floor(s / 60)}:${String(Math.floor(s % 60)).padStart(2, '0')}`;
const spaced = (name) => name.replaceAll('_', ' ');

function signed(value, digits = 1) {
  const size = Math.abs(value).toFixed(digits);
  return (Number(size) === 0 ? '' : value < 0 ? '−' : '+') + size;
}

/** The four probabilities as bars. */
class Bars {
  constructor() {
    this.node = make('ul', 'bars');
    this.rows = EMOTIONS.map((emotion) => {
      const parts = { fill: make('div', 'fill'), number: make('b') };
      parts.row = make('li', '', shape(emotion), make('span', '', emotion), make('div', 'track', parts.fill), parts.number);
      parts.row.dataset.emotion = emotion;
      this.node.append(parts.row);
      return parts;
    });
  }

  setState(probabilities, label) {
    this.rows.forEach(({ row, fill, number }, k) => {
      fill.style.transform = `scaleX(${probabilities[k]})`;
      number.textContent = percent(probabilities[k]);
      row.classList.toggle('top', EMOTIONS[k] === label);
    });
  }
}

/** What each value adds to, or takes from, the shown emotion; one scale for the whole file. */
class Why {
  constructor(effects) {
    this.scale = Math.max(0.5, ...effects.flat(2).map(Math.abs));
    this.title = make('b');
    this.list = make('ul', 'why');
    this.node = make('div', '', make('h3', '', 'Why ', this.title),
      make('div', 'head small', make('p', '', make('span', '', 'against'), make('span', '', 'for'))), this.list);
    this.rows = MID_LEVEL.map((name) => {
      const parts = { value: make('b'), fill: make('div', 'fill'), effect: make('b') };
      parts.row = make('li', '', make('span', '', spaced(name)), parts.value, make('div', 'diverging', parts.fill), parts.effect);
      this.list.append(parts.row);
      return parts;
    });
  }

  setState(values, effects, label) {
    this.node.dataset.emotion = label;
    this.title.textContent = label;
    const third = effects.map(Math.abs).sort((a, b) => b - a)[2];
    this.rows.forEach(({ row, value, fill, effect }, k) => {
      value.textContent = signed(values[k]);
      effect.textContent = signed(effects[k], 2);
      fill.style.transform = `scaleX(${(effects[k] / this.scale).toFixed(3)})`;
      fill.classList.toggle('against', effects[k] < 0);
      row.classList.toggle('strong', Math.abs(effects[k]) >= Math.max(0.05, third));
    });
  }
}

/** Label, waveform and probabilities over time. Drawn once; the cursor is an element of its own. */
class Timeline {
  constructor(file, seek) {
    this.file = file;
    this.canvas = make('canvas');
    this.cursor = make('div', 'cursor');
    this.node = make('div', 'timeline', this.canvas, this.cursor);
    Object.assign(this.node, { tabIndex: 0, role: 'slider', ariaLabel: 'Position in the sound', ariaValueMin: 0 });
    this.node.ariaValueMax = Math.round(file.duration_s);
    const at = (event) => ((event.clientX - this.node.getBoundingClientRect().left) / this.node.clientWidth) * file.duration_s;
    this.node.addEventListener('pointerdown', (event) => seek(at(event)));
    this.node.addEventListener('pointermove', (event) => event.buttons && seek(at(event)));
    new ResizeObserver(() => this.draw()).observe(this.node);
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.draw());
  }

  setState(time, says) {
    this.cursor.style.left = `${(100 * time) / (this.file.duration_s || 1)}%`;
    this.node.ariaValueNow = Math.round(time);
    this.node.ariaValueText = says;
  }

  draw() {
    const { width, height } = this.canvas.getBoundingClientRect();
    if (!width) return;
    const ratio = devicePixelRatio || 1;
    Object.assign(this.canvas, { width: width * ratio, height: height * ratio });
    this.pen = this.canvas.getContext('2d');
    this.pen.scale(ratio, ratio);
    this.width = width;
    const style = getComputedStyle(document.documentElement);
    this.colour = (name) => style.getPropertyValue(`--${name}`).trim();
    const inner = height - BAND.label - 2 * BAND.gap - BAND.axis;
    const wave = BAND.label + BAND.gap;
    this.runs = runs(this.file);
    this.drawLabels();
    this.drawWaveform(wave, inner * 0.46);
    this.drawProbabilities(wave + inner * 0.46 + BAND.gap, inner * 0.54);
    this.drawAxis(height);
  }

  x(time) {
    return (time / (this.file.duration_s || 1)) * this.width;
  }

  drawLabels() {
    const { pen } = this;
    pen.font = '600 13px system-ui, sans-serif';
    pen.textBaseline = 'middle';
    for (const { from, to, label, state } of this.runs) {
      const [left, right] = [this.x(from), this.x(to)];
      const heard = state === 'live' || state === 'unsure';
      pen.fillStyle = heard ? this.colour(label) : this.colour('track');
      pen.fillRect(left, 0, right - left, BAND.label);
      if (state === 'unsure') this.hatch(left, right);
      const word = heard ? label + (state === 'unsure' ? '?' : '') : state;
      if (pen.measureText(word).width + 12 > right - left) continue;
      pen.fillStyle = !heard ? this.colour('soft') : label === 'happy' ? '#251a00' : '#fff';
      pen.fillText(word, left + 7, BAND.label / 2 + 1);
    }
  }

  /** Unsure stretches are striped, so that they differ without colour too. */
  hatch(left, right) {
    const { pen } = this;
    pen.save();
    pen.beginPath();
    pen.rect(left, 0, right - left, BAND.label);
    pen.clip();
    pen.strokeStyle = this.colour('card');
    pen.globalAlpha = 0.4;
    pen.lineWidth = 2;
    pen.beginPath();
    for (let x = left - BAND.label; x < right; x += 8) {
      pen.moveTo(x, BAND.label);
      pen.lineTo(x + BAND.label, 0);
    }
    pen.stroke();
    pen.restore();
  }

  drawWaveform(top, height) {
    const { pen } = this;
    const [low, high] = this.file.waveform;
    const [middle, half, step] = [top + height / 2, height / 2, this.width / (low.length || 1)];
    let run = 0;
    low.forEach((bottom, k) => {
      const time = (k / low.length) * this.file.duration_s;
      while (run < this.runs.length - 1 && this.runs[run].to <= time) run += 1;
      const { label, state } = this.runs[run] ?? {};
      pen.fillStyle = this.colour(state === 'live' || state === 'unsure' ? label : 'none');
      pen.fillRect(k * step, middle - high[k] * half, Math.max(0.6, step * 0.8), Math.max(1, (high[k] - bottom) * half));
    });
  }

  drawProbabilities(top, height) {
    const { pen, file } = this;
    pen.fillStyle = this.colour('track');
    pen.fillRect(0, top, this.width, height);
    if (!file.time_s.length) return;
    const times = [...file.time_s, file.duration_s];
    const below = times.map(() => 0);
    EMOTIONS.forEach((emotion, e) => {
      const above = below.map((sum, k) => sum + file.probabilities[Math.min(k, file.time_s.length - 1)][e]);
      const y = (sum) => top + height * (1 - Math.min(1, sum));
      pen.beginPath();
      times.forEach((time, k) => pen.lineTo(this.x(time), y(above[k])));
      for (let k = times.length - 1; k >= 0; k -= 1) pen.lineTo(this.x(times[k]), y(below[k]));
      pen.fillStyle = this.colour(emotion);
      pen.fill();
      pen.strokeStyle = this.colour('card');
      pen.stroke();
      below.splice(0, below.length, ...above);
    });
    // where nobody plays, the values are old: veiled
    pen.fillStyle = this.colour('card');
    pen.globalAlpha = 0.75;
    for (const { from, to, state } of this.runs) {
      if (state !== 'live' && state !== 'unsure') pen.fillRect(this.x(from), top, this.x(to) - this.x(from), height);
    }
    pen.globalAlpha = 1;
  }

  drawAxis(height) {
    const { pen } = this;
    const seconds = this.file.duration_s;
    const every = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800].find((s) => (s / seconds) * this.width > 60) ?? 3600;
    pen.font = '12px system-ui, sans-serif';
    pen.fillStyle = this.colour('soft');
    pen.textBaseline = 'alphabetic';
    for (let s = 0; this.x(s) < this.width - 25; s += every) pen.fillText(clock(s), this.x(s) + 1, height - 5);
  }
}

/** Join neighbours that say the same. */
function runs(file) {
  const joined = [];
  file.time_s.forEach((time, k) => {
    const [label, state] = [file.label[k], file.label[k] ? file.state[k] : 'silent'];
    const last = joined.at(-1);
    if (last?.label === label && last.state === state) return;
    if (last) last.to = time;
    joined.push({ from: joined.length ? time : 0, to: file.duration_s, label, state });
  });
  return joined;
}

function lastNotAfter(times, time) {
  let [low, high] = [0, times.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (times[middle] <= time) low = middle + 1;
    else high = middle;
  }
  return Math.max(0, low - 1);
}

function overall({ label, probabilities, confidence }) {
  const heard = label ? `${percent(probabilities[label])} likely, ${percent(confidence)} ahead of the next` : 'nobody plays in it';
  const result = make('div', 'result', shape(label), make('div', '', make('b', '', label || 'silent'), make('span', '', heard)));
  result.dataset.emotion = label;
  const bars = new Bars();
  bars.setState(EMOTIONS.map((e) => probabilities[e]), label);
  return make('div', 'overall', result, bars.node);
}

function section(file) {
  const { name, file: modelFile, version, licence } = file.model;
  const model = ['model', name ?? modelFile, version, licence && `(${licence})`].filter(Boolean).join(' ');
  const audio = make('audio');
  Object.assign(audio, { controls: true, preload: 'metadata', src: file.sound });
  const trouble = make('p', 'small');
  audio.addEventListener('error', () => (trouble.textContent = 'This browser cannot play Ogg Vorbis; the picture still works.'));
  audio.addEventListener('play', () => document.querySelectorAll('audio').forEach((other) => other !== audio && other.pause()));

  const [bars, why, trust] = [new Bars(), new Why(file.effects), make('p', 'trust')];
  const now = make('div', 'now', make('div', '', make('h3', '', 'At the cursor'), trust, bars.node), why.node);
  let shown = -1;
  let wanted = 0;

  function show(time) {
    const k = lastNotAfter(file.time_s, time);
    const label = file.label[k] ?? '';
    timeline.setState(time, `${clock(time)}, ${label || 'silent'}`);
    if (k === shown || !file.time_s.length) return;
    shown = k;
    const state = label ? file.state[k] : 'silent';
    trust.replaceChildren(make('b', '', `${state}${label ? `, ${label}` : ''}`), ` at ${clock(file.time_s[k])}: ${STATES[state] ?? ''}`);
    now.classList.toggle('old', state !== 'live' && state !== 'unsure');
    bars.setState(file.probabilities[k], label);
    why.setState(file.value[k], file.effects[k][Math.max(0, EMOTIONS.indexOf(label))], label);
  }

  function seek(time) {
    wanted = Math.min(Math.max(0, time), file.duration_s);
    audio.currentTime = wanted;
    show(wanted);
  }

  const timeline = new Timeline(file, seek);
  timeline.node.addEventListener('keydown', (event) => {
    const steps = { ArrowLeft: -1, ArrowRight: 1, PageUp: 10, PageDown: -10, Home: -Infinity, End: Infinity };
    if (event.key in steps) seek(wanted + steps[event.key]);
    else if (event.key === ' ') audio.paused ? audio.play() : audio.pause();
    else return;
    event.preventDefault();
  });
  const follow = () => {
    wanted = audio.currentTime;
    show(wanted);
    if (!audio.paused) requestAnimationFrame(follow);
  };
  audio.addEventListener('play', follow);
  audio.addEventListener('seeked', () => audio.paused && show(audio.currentTime));

  const node = make('section', '', make('h2', '', file.name),
    make('p', 'small', [`${clock(file.duration_s)} min`, model, file.path !== file.name && file.path].filter(Boolean).join(' · ')), overall(file.overall), audio, trouble, timeline.node);
  if (file.time_s.length) node.append(now);
  show(0);
  return node;
}

document.querySelector('main').append(
  make('h1', '', 'Affetto'),
  ...files.map(section),
  make('p', 'small', 'Emotions and their values are computed from the sound by a model that learned from rendered scores; no person rated ' +
    'this recording. In the values 0 is the average of the training music and 1 one standard deviation; a bar is what a value adds to, or ' +
    'takes from, the shown emotion. A moment speaks of the sound just before it.'),
);
