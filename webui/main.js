/** Builds every widget, and gives each event of the guitar to those who show it. */

import { Bars } from './bars.js';
import { Connection } from './connection.js';
import { byId, put } from './dom.js';
import { Emotion } from './emotion.js';
import { Guitar } from './guitar.js';
import { t } from './language.js';
import * as owner from './owner.js';
import * as ownerButton from './owner-button.js';
import { LiveTakes } from './record.js';
import { Leds, Level } from './sound.js';
import { Plane } from './plane.js';
import { Timeline } from './timeline.js';
import { Views } from './views.js';
import { Why } from './why.js';

const plane = new Plane();
const timeline = new Timeline((timeS) => explain(timeS), ({ way }) => plane.begin(way));
const predictionWidgets = [new Emotion(), new Bars(), new Why(), plane, new Level(), new Leds()];
const statusWidgets = [new Guitar(), new LiveTakes(), { setState: (status) => timeline.setStatus(status) }];
const followers = new Set();

let view = null;
let newest;

const views = new Views({ explain, follow, t }, (name) => {
  timeline.show(name === 'live');
  if (newest !== undefined) give(predictionWidgets, newest);
});
owner.onChange(({ owner: mayAll }) => views.allow(mayAll));
ownerButton.start();

function give(widgets, value) {
  widgets.forEach((widget) => widget.setState(value));
}

/** What shows explanations is loaded when the first is asked for. */
async function explain(timeS, take = null) {
  const { WhyView } = await import('./why-view.js');
  view ??= new WhyView(() => timeline.heardS);
  view.open(timeS, take);
}

/**
 * Let a part of the page follow live too, without a stream of its own.
 *
 * @param {Object<string, function(?Object)>} takes - by "prediction" and "status"; told null without contact
 * @returns {function()} ends it
 */
function follow(takes) {
  followers.add(takes);
  return () => followers.delete(takes);
}

function onPrediction(prediction) {
  newest = prediction;
  timeline.setState(prediction);
  // what nobody sees is not drawn
  if (views.shown === 'live') give(predictionWidgets, prediction);
  for (const { prediction: take } of followers) take?.(prediction);
}

function onStatus(status) {
  give(statusWidgets, status);
  owner.setStatus(status);
  if (status?.first_run || (status && byId('first-run'))) import('./first-run.js').then(({ offer }) => offer(status.first_run));
  for (const { status: take } of followers) take?.(status);
}

function onContact(trouble) {
  const contact = byId('contact');
  contact.hidden = trouble === null;
  put(contact, trouble ?? '');
  document.body.classList.toggle('no-contact', trouble !== null);
  if (trouble === null) {
    views.again();
    owner.refresh();
  } else {
    onPrediction(null);
    onStatus(null);
  }
}

new Connection('api/live', { prediction: onPrediction, status: onStatus }, onContact).start();
