/** Files that somebody brings: sent one after the other, with how far each is, or why not. */

import { byId, make, put } from './dom.js';
import { t } from './language.js';
import { megabytes } from './takes-words.js';
import { told } from './told.js';

const BUSY = 409;

export class Uploads {
  /** @param {function()} onSent - called when a file has arrived */
  constructor(onSent) {
    Object.assign(this, { onSent, limits: null, waiting: [], running: false });
    const input = byId('upload-files');
    byId('upload-choose').addEventListener('click', () => input.click());
    input.addEventListener('change', () => {
      this.add(input.files);
      input.value = '';
    });
    const view = byId('takes');
    const over = (event) => {
      if (!event.dataTransfer?.types.includes('Files')) return;
      event.preventDefault();
      view.classList.toggle('dropping', event.type === 'dragover');
      if (event.type === 'drop') this.add(event.dataTransfer.files);
    };
    for (const name of ['dragover', 'dragleave', 'drop']) view.addEventListener(name, over);
  }

  setLimits(limits) {
    this.limits = limits;
    put(byId('upload-limits'), t('WAV, FLAC, MP3, OGG or AIFF, up to {size} MB and {minutes} min each.', { size: limits.upload_mb, minutes: limits.most_minutes }));
  }

  add(files) {
    for (const file of files) {
      const item = make('li', '', make('b', '', file.name), make('progress'), make('span', 'small'), make('button', 'quiet'));
      const [, bar, says, button] = item.children;
      button.type = 'button';
      byId('upload-list').append(item);
      this.waiting.push({ file, item, bar, says, button });
      this.wait(this.waiting.at(-1));
    }
    this.next();
  }

  wait(job) {
    Object.assign(job.bar, { max: 1, value: 0, hidden: false });
    job.bar.setAttribute('aria-label', t('Sending {name}', { name: job.file.name }));
    put(job.says, t('waits'));
    this.offer(job, t('Cancel'), () => this.leave(job));
  }

  offer({ button }, text, run) {
    put(button, text);
    button.onclick = run;
  }

  leave(job) {
    job.request?.abort();
    job.item.remove();
    this.waiting = this.waiting.filter((each) => each !== job);
    if (job.request) this.done(job);
  }

  next() {
    if (this.running || !this.waiting.length) return;
    const job = this.waiting.shift();
    const most = this.limits?.upload_mb;
    if (most && job.file.size > most * 1e6) {
      this.refuse(job, t('{size} MB is too large: {most} MB at most. Cut it, or save it as FLAC.', { size: megabytes(job.file.size), most }), false);
      return void this.next();
    }
    this.running = true;
    const request = (job.request = new XMLHttpRequest());
    request.open('POST', `api/takes/upload?name=${encodeURIComponent(job.file.name)}`);
    request.setRequestHeader('Content-Type', 'application/octet-stream');
    request.upload.onprogress = ({ loaded, total }) => {
      job.bar.value = loaded / total;
      put(job.says, loaded < total ? t('sent {sent} of {total} MB', { sent: megabytes(loaded), total: megabytes(total) }) : t('is being looked at'));
    };
    request.onload = () => {
      if (request.status === 202) job.item.remove();
      else this.refuse(job, detail(request), request.status === BUSY || request.status > 499);
      this.done(job);
    };
    request.onerror = () => {
      this.refuse(job, t('The connection broke off.'), true);
      this.done(job);
    };
    request.send(job.file);
  }

  done(job) {
    job.request = null;
    this.running = false;
    this.onSent();
    this.next();
  }

  refuse(job, text, again) {
    job.bar.hidden = true;
    // its name stands beside it already
    put(job.says, text.replace(`${job.file.name}: `, ''));
    job.says.className = 'alarm';
    this.offer(job, again ? t('Send again') : t('Close'), () => {
      if (!again) return job.item.remove();
      job.says.className = 'small';
      this.waiting.push(job);
      this.wait(job);
      return this.next();
    });
  }
}

function detail(request) {
  try {
    return told(JSON.parse(request.responseText).detail);
  } catch {
    return t('The guitar refused it ({status}).', { status: request.status });
  }
}
