import { settingsOf, type WebhooksConfiguration } from '../configuration.js';
import { post } from '../http-transport.js';
import { PublishError } from '../publish-error.js';

/** A row to send; `event` is its JSON. */
export interface OutboxEvent {
  id: string;
  event: string;
}

/** The result of a batch. A transient failure is an exception instead, and the whole batch is retried. */
export type Sent =
  | { kind: 'stored' }
  /** Nothing was stored: these events are invalid (index → reason); the others can be sent without them. */
  | { kind: 'refused'; reasons: Map<number, string> }
  /** Nothing was stored: something in the batch is invalid, but it is unknown what. */
  | { kind: 'split' };

/** Where a relay sends its events. */
export interface Transport {
  /** Resolves when the events are durably stored. Must be idempotent: the same id is stored once. */
  send(events: OutboxEvent[]): Promise<Sent>;
  close(): Promise<void>;
}

/** Less than the idle timeout of the transaction in batch.ts. */
const TIMEOUT_MS = 10_000;

/** Publishes arrays over HTTP. */
export function httpTransport(configuration: WebhooksConfiguration): Transport {
  // The relay retries by itself, so each attempt is a single request.
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

/** Null if the events are not the cause: no answer, a wrong token, a proxy. */
function refusalIn(error: PublishError, count: number): Sent | null {
  const reasons = new Map<number, string>();
  for (const { field, message } of error.errors) {
    const index = Number(/^(\d+)(\.|$)/.exec(field)?.[1] ?? NaN);
    // "3.data.jobId is missing": the index in the batch means nothing later.
    const reason = message.replace(`${index}.`, '');
    if (index < count) reasons.set(index, [reasons.get(index), reason].filter(Boolean).join('; '));
  }
  // 403 with a field: the token may not publish for that agency. Without one: the token itself is wrong.
  const isAboutEvents = [400, 403, 409, 413].includes(error.status ?? 0) && error.code !== 'bad_answer';
  if (isAboutEvents && reasons.size > 0) return { kind: 'refused', reasons };
  // A proxy may also limit the size of bodies.
  const isAboutBody = error.status === 413 || (isAboutEvents && error.status !== 403);
  if (!isAboutBody) return null;
  return count === 1 ? { kind: 'refused', reasons: new Map([[0, error.message]]) } : { kind: 'split' };
}
