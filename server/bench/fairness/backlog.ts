import { store } from '../stored.js';
import { endWebhooks, type Disturbance } from './disturbance.js';

const ROWS = 200_000;
/** How long its receiver takes for each, so that it stays a backlog. */
const ANSWER_MS = 20;

/** One webhook has 200,000 deliveries waiting, all due. */
export const backlog: Disturbance = {
  name: 'backlog',
  title: `a backlog of ${ROWS.toLocaleString('en')} at one webhook`,
  limit: { ms: 1_000 },
  async begin(place) {
    const { server, receiver } = place;
    const targets = await server.addAgency([`${receiver.otherOrigin}/wait/${ANSWER_MS}`]);
    const now = Date.now();
    await store(server.schema, { targets, count: ROWS, fromMs: now - 60_000, toMs: now, kind: 'owed' });
    return {
      alsoPublishFor: [],
      done: Promise.resolve(),
      async end() {
        const [row] = await server.schema.sql<{ owed: number }>(
          'select count(*)::int as owed from webhook_queue where webhook_id = $1',
          [targets[0]!.webhookId],
        );
        const rss = Math.round(process.memoryUsage.rss() / 2 ** 20);
        await endWebhooks(place, targets);
        return `${row!.owed.toLocaleString('en')} still owed at the end; RSS of server and bench ${rss} MiB`;
      },
    };
  },
};
