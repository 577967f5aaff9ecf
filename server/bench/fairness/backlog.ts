import { store } from '../stored.js';
import { endWebhooks, type Disturbance } from './disturbance.js';

const ROWS = 200_000;
/** Response time of its receiver, slow enough that the backlog persists. */
const ANSWER_MS = 20;

/** One webhook has 200,000 waiting deliveries, all due. */
export const backlog: Disturbance = {
  name: 'backlog',
  title: `a backlog of ${ROWS.toLocaleString('en')} at one webhook`,
  limit: { ms: 1_000 },
  async begin(place) {
    const { server, receiver } = place;
    const targets = await server.addAgency([`${receiver.otherOrigin}/wait/${ANSWER_MS}`]);
    const now = Date.now();
    await store(server.schema, { targets, count: ROWS, fromMs: now - 60_000, toMs: now, kind: 'pending' });
    return {
      alsoPublishFor: [],
      done: Promise.resolve(),
      async end() {
        const [row] = await server.schema.sql<{ pending: number }>(
          'select count(*)::int as pending from webhook_queue where webhook_id = $1',
          [targets[0]!.webhookId],
        );
        const rss = Math.round(process.memoryUsage.rss() / 2 ** 20);
        await endWebhooks(place, targets);
        return `${row!.pending.toLocaleString('en')} still pending at the end; RSS of server and bench ${rss} MiB`;
      },
    };
  },
};
