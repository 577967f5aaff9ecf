/** All error codes of the API. `http/error-status.ts` has their statuses, docs/errors.md causes and fixes. */
export type ErrorCode =
  | 'validation_failed'
  | 'invalid_json'
  | 'unauthenticated'
  | 'invalid_credentials'
  | 'forbidden'
  | 'cross_site_request'
  | 'not_found'
  | 'method_not_allowed'
  | 'not_ready'
  | 'idempotency_conflict'
  | 'inbox_unavailable'
  | 'cancelled'
  | 'delivery_in_flight'
  | 'email_taken'
  | 'last_owner'
  | 'not_owed'
  | 'plan_expired'
  | 'too_many_links'
  | 'too_many_webhooks'
  | 'secret_gone'
  | 'secret_overlap'
  | 'kind_has_no_secret'
  | 'webhook_off'
  | 'purged'
  | 'precondition_failed'
  | 'event_too_large'
  | 'body_too_large'
  | 'unsupported_media_type'
  | 'too_many_requests'
  | 'intake_full'
  | 'database_unavailable'
  | 'bad_request'
  | 'undo_over'
  | 'unknown_person'
  | 'identity_unavailable'
  | 'internal';

/** `field` is a path such as `data.applicationId` or `3.type` (the index in an array of events). */
export interface FieldError {
  field: string;
  code: string;
  message: string;
}

export interface AppErrorDetails {
  errors?: FieldError[];
  /** Becomes `Retry-After`. */
  retryAfterSeconds?: number;
  cause?: unknown;
}

/** An expected error: becomes a problem+json response. Any other exception is a bug and answers 500. */
export class AppError extends Error {
  readonly errors: FieldError[] | undefined;
  readonly retryAfterSeconds: number | undefined;

  constructor(
    readonly code: ErrorCode,
    message: string,
    details: AppErrorDetails = {},
  ) {
    super(message, { cause: details.cause });
    this.errors = details.errors;
    this.retryAfterSeconds = details.retryAfterSeconds;
  }
}

export function fieldError(field: string, code: string, message: string): AppError {
  return new AppError('validation_failed', message, { errors: [{ field, code, message }] });
}
