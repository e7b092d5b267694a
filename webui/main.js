/** Builds every widget, and gives each event of the guitar to those who show it. */

import { Bars } from './bars.js';
import { Connection } from './connection.js';
import { byId, put } from './dom.js';
import { Emotion } from './emotion.js';
import { Guitar } from './guitar.js';
import { Leds, Level } from './sound.js';
import { Plane } from './plane.js';
import { Timeline } from './timeline.js';
import { Why } from './why.js';

const timeline = new Timeline(explain);
const predictionWidgets = [new Emotion(), timeline, new Bars(), new Why(), new Plane(), new Level(), new Leds()];
const statusWidgets = [new Guitar(), { setState: (status) => timeline.setStatus(status) }];

const give = (widgets, value) => widgets.forEach((widget) => widget.setState(value));

let view = null;

/** What shows explanations is loaded when the first is asked for. */
async function explain(timeS) {
  const { WhyView } = await import('./why-view.js');
  view ??= new WhyView(() => timeline.newestS);
  view.open(timeS);
}

function onContact(trouble) {
  const contact = byId('contact');
  contact.hidden = trouble === null;
  put(contact, trouble ?? '');
  document.body.classList.toggle('no-contact', trouble !== null);
  if (trouble !== null) {
    give(predictionWidgets, null);
    give(statusWidgets, null);
  }
}

new Connection(
  'api/live',
  {
    prediction: (value) => give(predictionWidgets, value),
    status: (value) => give(statusWidgets, value),
  },
  onContact,
).start();
