import type { components } from './schema.gen.js';

/** An error in one field; `field` is a path such as `data.applicationId`, or `3.type` in a batch. */
export type FieldError = components['schemas']['FieldProblem'];

type OwnCode = 'not_configured' | 'network_error' | 'timeout' | 'bad_answer';

/**
 * The server's code (`validation_failed`, `idempotency_conflict`, `unauthenticated`, `intake_full` …; newer servers may
 * add more), or one of this package: `not_configured`, `network_error`, `timeout`, `bad_answer` (not an answer of this
 * API: a proxy, or a wrong address).
 */
export type PublishErrorCode = components['schemas']['ErrorCode'] | OwnCode | (string & {});

export interface PublishErrorDetails {
  code: PublishErrorCode;
  status?: number | undefined;
  errors?: FieldError[] | undefined;
  requestId?: string | undefined;
  tries?: number | undefined;
  elapsedMs?: number | undefined;
  retryAfterMs?: number | undefined;
  cause?: unknown;
}

/**
 * Why an event was not accepted. After `timeout` or `network_error` it may have been stored: publish again with the
 * same `id`.
 */
export class PublishError extends Error {
  override readonly name = 'PublishError';
  readonly code: PublishErrorCode;
  /** The HTTP status, if there was an answer. */
  readonly status: number | undefined;
  /** Errors in fields; empty if the refusal is not about fields. */
  readonly errors: FieldError[];
  /** Identifies the request in the server's log. */
  readonly requestId: string | undefined;
  /** Number of requests made. */
  readonly tries: number;
  /** From the first request to giving up, pauses included, in milliseconds. */
  readonly elapsedMs: number;
  /** How long the server asks to wait, in milliseconds. */
  readonly retryAfterMs: number | undefined;

  constructor(message: string, details: PublishErrorDetails) {
    super(message, { cause: details.cause });
    this.code = details.code;
    this.status = details.status;
    this.errors = details.errors ?? [];
    this.requestId = details.requestId;
    this.tries = details.tries ?? 0;
    this.elapsedMs = details.elapsedMs ?? 0;
    this.retryAfterMs = details.retryAfterMs;
  }
}
