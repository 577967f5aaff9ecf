import { DomainEvents } from '../../src/events/domain-events.js';
import { sharedMs } from '../clock.js';
import { eachOf, publishWithRetry } from '../publish.js';
import { endWebhooks, type Disturbance } from './disturbance.js';

const EVENTS = 50_000;
const PUBLISHERS = 500;

/** One agency publishes 50,000 events as fast as they are accepted. */
export const burst: Disturbance = {
  name: 'burst',
  title: `one agency bursts ${EVENTS.toLocaleString('en')} events`,
  limit: { ms: 1_000 },
  async begin(place) {
    const { server, receiver, makeEvent } = place;
    const targets = await server.addAgency([`${receiver.otherOrigin}/ok/burst`]);
    const events = server.app.get(DomainEvents);
    const start = sharedMs();
    let seconds = 0;
    const done = eachOf(EVENTS, PUBLISHERS, async () => {
      await publishWithRetry(events, makeEvent(targets[0]!.agencyId));
    }).then(() => (seconds = (sharedMs() - start) / 1000));
    return {
      alsoPublishFor: [],
      done,
      async end() {
        await endWebhooks(place, targets);
        return `accepted in ${seconds.toFixed(1)} s`;
      },
    };
  },
};
