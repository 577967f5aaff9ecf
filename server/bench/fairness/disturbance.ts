import type { DomainEvent } from '../../src/events/publishable-event.js';
import type { Receiver } from '../receiver.js';
import { addAgencies, type BenchServer, type Target } from '../server.js';
import { sharedMs, sleep } from '../clock.js';

/** The environment of a disturbance. */
export interface Place {
  server: BenchServer;
  receiver: Receiver;
  makeEvent: (agencyId: string) => DomainEvent;
}

/** A problem that affects a few webhooks and must not affect the others. */
export interface Disturbance {
  /** For --only and JSON. */
  name: string;
  title: string;
  /** Upper limit of the others' p99: a multiple of the undisturbed one, or in milliseconds. */
  limit: { ratio: number } | { ms: number };
  /** Server settings for this disturbance. */
  settings?: () => Promise<{ settings: Record<string, string>; close: () => Promise<void> }>;
  begin(place: Place): Promise<Begun>;
}

export interface Begun {
  /** Agencies that take part in the steady load but are not measured. */
  alsoPublishFor: string[];
  /** Resolves when the disturbance has finished its work; the others are measured at least until then. */
  done: Promise<unknown>;
  /** Stops it, so that the next run is undisturbed. Returns a line about what was observed. */
  end(): Promise<string>;
}

/** A disturbance by agencies that publish to sick receivers, one for each URL. */
export async function beginWithSick(place: Place, urls: string[]): Promise<Begun> {
  const targets = await addAgencies(place.server, urls);
  return {
    alsoPublishFor: targets.map(({ agencyId }) => agencyId),
    done: Promise.resolve(),
    async end() {
      await endWebhooks(place, targets);
      return '';
    },
  };
}

const END_MS = 60_000;

/** Disables the webhooks, drops their pending deliveries and waits for their running requests. */
export async function endWebhooks({ server, receiver }: Place, targets: Target[]): Promise<void> {
  const ids = [targets.map(({ webhookId }) => webhookId)];
  await server.schema.sql(
    `update webhooks set is_active = false, off_reason = 'person', off_at = now(), version = version + 1
     where id = any($1)`,
    ids,
  );
  for (const end = sharedMs() + END_MS; ; await sleep(50)) {
    await server.schema.sql('delete from webhook_queue where webhook_id = any($1) and token is null', ids);
    await receiver.drop();
    const [row] = await server.schema.sql<{ pending: number }>(
      'select count(*)::int as pending from webhook_queue where webhook_id = any($1)',
      ids,
    );
    if (row!.pending === 0) return;
    if (sharedMs() > end) throw new Error(`${row!.pending} requests of the disturbance do not end`);
  }
}
