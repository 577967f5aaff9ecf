import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { ENV, type Env } from '../../../config/env.js';
import { Notifications } from '../../../database/notifications.js';
import { ServiceDatabase } from '../../../database/service-database.js';
import { uuidv7 } from '../../../lib/ids.js';
import type { Answered, FailureReason, PostResult } from '../../../outbound/post-result.js';
import type { ClaimedDelivery } from '../queue/claimed-delivery.js';

/*
 * Sends requests to listeners: programs of an agency with an open stream to one of the processes. Requests and answers
 * go through a table, so any process may send, and a listener that connects again gets the requests that still wait. A
 * row exists while its request waits for an answer. Notifications are hints: before a request times out, its row is
 * read once more. Called by the sender.
 */

/** A channel. Payload: ids of the webhook and the request. */
export const LISTENER_REQUESTS = 'bpoc_listener_requests';
/** A channel. Payload: the id of the request. */
export const LISTENER_ANSWERS = 'bpoc_listener_answers';

/** A request as it is stored, and sent to the listener. */
export interface ListenerRequest {
  delivery_id: string;
  event_id: string;
  event: string;
  attempt: number;
  test: boolean;
  headers: Record<string, string>;
  body: string;
}

/** The answer of the program at the local address, or why there is none. */
export type ListenerAnswer =
  Pick<Answered, 'status' | 'headers' | 'body' | 'encoding' | 'truncated'> | { failure: keyof typeof FAILURES };

/** Why the local address gave no answer, as the log says it. */
export const FAILURES = {
  refused: 'Nothing listens at the local address.',
  reset: 'The local address closed the connection without an answer.',
  timeout: 'The local address did not answer in time.',
  unreachable: 'The local address could not be reached.',
  bad_answer: 'The local address did not answer in HTTP.',
} as const satisfies Partial<Record<FailureReason, string>>;

const MAKE_SQL = /* sql */ `
with made as (
  insert into listener_requests (id, agency_id, webhook_id, request) values ($1, $2, $3, $4)
)
select pg_notify('${LISTENER_REQUESTS}', $3::text || ' ' || $1::text)`;

const TAKE_SQL = 'delete from listener_requests where id = $1 and ($2 or answer is not null) returning answer';

@Injectable()
export class ListenerPosts implements OnApplicationBootstrap {
  /** By id of the request: reads its answer, if there is one. */
  readonly #waiting = new Map<string, () => void>();

  constructor(
    private readonly database: ServiceDatabase,
    private readonly notifications: Notifications,
    @Inject(ENV) private readonly env: Env,
  ) {}

  onApplicationBootstrap(): void {
    this.notifications.listen(LISTENER_ANSWERS, {
      onNotification: (id) => this.#waiting.get(id)?.(),
      onReconnect: () => this.#waiting.forEach((look) => look()),
    });
  }

  /** Resolves within the time of an attempt. Rejects when the database is unavailable. */
  async post(delivery: ClaimedDelivery, headers: Record<string, string>): Promise<PostResult> {
    const id = uuidv7();
    const startedMs = performance.now();
    const { agencyId, webhookId } = delivery;
    const answered = this.#answered(id);
    await this.database.query(MAKE_SQL, [id, agencyId, webhookId, JSON.stringify(requestOf(delivery, headers))]);
    const answer = (await answered) ?? (await this.#take(id, true));
    return resultOf(answer, Math.round(performance.now() - startedMs));
  }

  /** Resolves with the answer, or with null after a timeout. Never rejects. */
  #answered(id: string): Promise<ListenerAnswer | null> {
    return new Promise((resolve) => {
      const end = (answer: ListenerAnswer | null) => {
        clearTimeout(timer);
        this.#waiting.delete(id);
        resolve(answer);
      };
      const timer = setTimeout(() => end(null), this.env.attemptTimeoutMs);
      this.#waiting.set(
        id,
        () =>
          void this.#take(id, false)
            .then((answer) => answer && end(answer))
            .catch(() => null),
      );
    });
  }

  async #take(id: string, anyway: boolean): Promise<ListenerAnswer | null> {
    const [row] = await this.database.query<{ answer: ListenerAnswer | null }>(TAKE_SQL, [id, anyway]);
    return row?.answer ?? null;
  }
}

const requestOf = (delivery: ClaimedDelivery, headers: Record<string, string>): ListenerRequest => ({
  delivery_id: delivery.deliveryId,
  event_id: delivery.eventId,
  event: delivery.eventType,
  attempt: delivery.attempt,
  test: delivery.test,
  headers,
  body: delivery.body,
});

function resultOf(answer: ListenerAnswer | null, totalMs: number): PostResult {
  const split = { dnsMs: null, connectMs: null, tlsMs: null, totalMs, reconnected: false };
  if (answer === null) {
    const detail = 'The listener did not answer in time, or was not connected.';
    return { ...split, kind: 'failed', reason: 'timeout', detail, firstByteMs: null };
  }
  if ('failure' in answer) {
    const { failure: reason } = answer;
    return { ...split, kind: 'failed', reason, detail: FAILURES[reason], firstByteMs: null };
  }
  return { ...split, kind: 'answered', ...answer, firstByteMs: totalMs };
}
