import type { DomainEvent } from '../../src/events/publishable-event.js';
import type { Receiver } from '../receiver.js';
import type { BenchServer, Target } from '../server.js';
import { sharedMs, sleep } from '../clock.js';

/** What a disturbance works with. */
export interface Place {
  server: BenchServer;
  receiver: Receiver;
  makeEvent: (agencyId: string) => DomainEvent;
}

/** Something bad that happens to a few, while others must not notice. */
export interface Disturbance {
  /** For --only and JSON. */
  name: string;
  title: string;
  /** The worst that the others' p99 may be: times the undisturbed one, or in milliseconds. */
  limit: { ratio: number } | { ms: number };
  /** Settings of the server besides the defaults; with them the server is started for this disturbance. */
  settings?: () => Promise<{ settings: Record<string, string>; close: () => Promise<void> }>;
  /** Begins it; answers what else belongs to it. */
  begin(place: Place): Promise<Begun>;
}

export interface Begun {
  /** Agencies that take part in the even load but are not measured. */
  alsoPublishFor: string[];
  /** Resolves when the disturbance has nothing left to do by itself; the others are measured until then at least. */
  done: Promise<unknown>;
  /** Puts an end to it, so that the next undisturbed run is one. Answers a line about what was seen. */
  end(): Promise<string>;
}

const END_MS = 60_000;

/** Switches the webhooks off, drops what they are owed and waits until nothing of theirs is under way. */
export async function endWebhooks({ server, receiver }: Place, targets: Target[]): Promise<void> {
  const ids = [targets.map(({ webhookId }) => webhookId)];
  await server.schema.sql(
    `update webhooks set is_active = false, off_reason = 'person', off_at = now(), version = version + 1 where id = any($1)`,
    ids,
  );
  for (const end = sharedMs() + END_MS; ; await sleep(50)) {
    await server.schema.sql('delete from webhook_queue where webhook_id = any($1) and token is null', ids);
    await receiver.drop();
    const [row] = await server.schema.sql<{ owed: number }>(
      'select count(*)::int as owed from webhook_queue where webhook_id = any($1)',
      ids,
    );
    if (row!.owed === 0) return;
    if (sharedMs() > end) throw new Error(`${row!.owed} requests of the disturbance do not end`);
  }
}
