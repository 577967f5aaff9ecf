import { settingsOf, type WebhooksConfiguration } from '../configuration.js';
import { post } from '../http-transport.js';
import { PublishError } from '../publish-error.js';

/** A row to send; `event` is its JSON. */
export interface OutboxEvent {
  id: string;
  event: string;
}

/** What became of a batch. Whatever may be different later is an exception instead, and all of it is sent again. */
export type Sent =
  | { kind: 'stored' }
  /** Nothing was stored: these events are wrong (index → why), the others may be sent without them. */
  | { kind: 'refused'; reasons: Map<number, string> }
  /** Nothing was stored: something in it is wrong, but not known what. */
  | { kind: 'split' };

/** Where a relay sends to. */
export interface Transport {
  /** Resolves when the events are stored there for good. Must be repeatable: the same id is stored once. */
  send(events: OutboxEvent[]): Promise<Sent>;
  close(): Promise<void>;
}

/** Less than PostgreSQL allows a transaction to be idle (batch.ts). */
const TIMEOUT_MS = 10_000;

/** The array route of the server. */
export function httpTransport(configuration: WebhooksConfiguration): Transport {
  // The relay repeats by itself: an attempt of its own is one request.
  const settings = { ...settingsOf(configuration), retries: 0, timeoutMs: TIMEOUT_MS };
  return {
    async send(events) {
      try {
        await post(`[${events.map(({ event }) => event).join(',')}]`, settings);
        return { kind: 'stored' };
      } catch (error) {
        const refusal = error instanceof PublishError ? refusalIn(error, events.length) : null;
        if (refusal) return refusal;
        throw error;
      }
    },
    close: async () => {},
  };
}

/** Null when the events are not to blame: no answer, a wrong token, a proxy. */
function refusalIn(error: PublishError, count: number): Sent | null {
  const reasons = new Map<number, string>();
  for (const { field, message } of error.errors) {
    const index = Number(/^(\d+)(\.|$)/.exec(field)?.[1] ?? NaN);
    // "3.data.jobId is missing": the place in the batch says nothing later.
    const reason = message.replace(`${index}.`, '');
    if (index < count) reasons.set(index, [reasons.get(index), reason].filter(Boolean).join('; '));
  }
  // 403 with a field: the token may not publish for that agency. Without: the token itself is wrong.
  const isAboutEvents = [400, 403, 409, 413].includes(error.status ?? 0) && error.code !== 'bad_answer';
  if (isAboutEvents && reasons.size > 0) return { kind: 'refused', reasons };
  // A proxy may limit bodies too.
  const isAboutBody = error.status === 413 || (isAboutEvents && error.status !== 403);
  if (!isAboutBody) return null;
  return count === 1 ? { kind: 'refused', reasons: new Map([[0, error.message]]) } : { kind: 'split' };
}
