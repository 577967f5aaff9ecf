/** Every error code that a caller of the API can see. `http/error-status.ts` gives each its status and title; docs say cause and fix. */
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
  | 'too_many_webhooks'
  | 'secret_overlap'
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
  | 'unknown_person'
  | 'identity_unavailable'
  | 'internal';

/** One thing that is wrong with one field. `field` is a path such as `data.applicationId` or `3.type` (the index in an array of events). */
export interface FieldError {
  field: string;
  code: string;
  message: string;
}

export interface AppErrorDetails {
  errors?: FieldError[];
  /** Seconds after which trying again makes sense; becomes `Retry-After`. */
  retryAfterSeconds?: number;
  cause?: unknown;
}

/** An expected refusal: becomes one problem+json answer. Anything else that is thrown is a bug and answers 500. */
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

/** A refusal about one field. */
export function fieldError(field: string, code: string, message: string): AppError {
  return new AppError('validation_failed', message, { errors: [{ field, code, message }] });
}
