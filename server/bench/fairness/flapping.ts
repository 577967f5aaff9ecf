import { DomainEvents } from '../../src/events/domain-events.js';
import { sleep } from '../clock.js';
import { publishWithRetry } from '../publish.js';
import { endWebhooks, type Disturbance } from './disturbance.js';

const EVERY_MS = 100;

/**
 * The routes of one agency change ten times a second while it publishes: each change makes the copies in the servers
 * outdated, and a batch with an event of it is planned again.
 */
export const flapping: Disturbance = {
  name: 'flapping',
  title: 'routes of one agency change ten times a second',
  limit: { ratio: 1.1 },
  async begin(place) {
    const { server, receiver, makeEvent } = place;
    const targets = await server.addAgency([`${receiver.otherOrigin}/ok/flapping`]);
    const { agencyId, webhookId } = targets[0]!;
    const events = server.app.get(DomainEvents);
    const state = { going: true, changes: 0 };
    const changing = (async () => {
      for (; state.going; state.changes++) {
        await server.schema.sql('update webhooks set version = version + 1 where id = $1', [webhookId]);
        await publishWithRetry(events, makeEvent(agencyId));
        await sleep(EVERY_MS);
      }
    })();
    return {
      alsoPublishFor: [agencyId],
      done: Promise.resolve(),
      async end() {
        state.going = false;
        await changing;
        await endWebhooks(place, targets);
        return `${state.changes} changes`;
      },
    };
  },
};
