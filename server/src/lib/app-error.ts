interface ErrorMeaning {
  status: number;
  /** One sentence for the API description; causes and fixes are in docs/errors.md. */
  meaning: string;
}

/** All error codes of the API, with their HTTP status. */
export const ERRORS = {
  bad_request: { status: 400, meaning: 'The request as a whole cannot be understood; `detail` says why.' },
  invalid_json: { status: 400, meaning: 'The body is not JSON in UTF-8; `detail` says why.' },
  validation_failed: { status: 400, meaning: 'Some fields are wrong; `errors` names each.' },
  unauthenticated: { status: 401, meaning: 'No valid session, key or token came with the request.' },
  invalid_credentials: { status: 401, meaning: 'Email, password or invite is wrong.' },
  forbidden: { status: 403, meaning: 'Signed in, but the role or scope does not allow this.' },
  unknown_person: {
    status: 403,
    meaning: 'The token of the identity provider is valid, but its bearer has no account here.',
  },
  cross_site_request: { status: 403, meaning: 'A change with a session cookie was requested by another site.' },
  not_found: { status: 404, meaning: 'It does not exist, or belongs to another agency.' },
  method_not_allowed: {
    status: 405,
    meaning: 'The path exists, but not with this method; `Allow` lists its methods.',
  },
  cancelled: { status: 409, meaning: 'The delivery was cancelled, which is final.' },
  delivery_in_flight: { status: 409, meaning: 'An attempt of this delivery is in flight.' },
  email_taken: { status: 409, meaning: 'The email address belongs to a person of another agency.' },
  idempotency_conflict: { status: 409, meaning: 'The idempotency key was used for another request.' },
  inbox_unavailable: { status: 409, meaning: 'No test inbox can be made; `detail` says why.' },
  kind_has_no_secret: { status: 409, meaning: 'Messages of this kind of webhook are not signed.' },
  last_owner: { status: 409, meaning: 'The agency would have no owner.' },
  not_owed: { status: 409, meaning: 'This delivery is no longer pending.' },
  purged: { status: 409, meaning: 'The message was erased or is past its retention time.' },
  secret_gone: { status: 409, meaning: 'The secret of this link was read already, or replaced.' },
  secret_overlap: {
    status: 409,
    meaning: 'The old secret is still valid; a new one must wait, or end all old ones.',
  },
  too_many_links: { status: 409, meaning: 'The limit of open links is reached.' },
  too_many_webhooks: { status: 409, meaning: 'The agency has reached its limit of webhooks.' },
  undo_over: { status: 409, meaning: 'It is too late to undo this.' },
  webhook_off: { status: 409, meaning: 'The webhook is off.' },
  plan_expired: { status: 410, meaning: 'The plan of a recovery is older than a day.' },
  precondition_failed: {
    status: 412,
    meaning: 'It was changed in the meantime: `If-Match` does not match its `ETag`.',
  },
  body_too_large: { status: 413, meaning: 'The request body is larger than the route accepts.' },
  event_too_large: { status: 413, meaning: 'One event is larger than 256 KiB as a message.' },
  unsupported_media_type: { status: 415, meaning: 'The body is not plain `application/json` in UTF-8.' },
  intake_full: { status: 429, meaning: 'The server accepts no more events at the moment; nothing was stored.' },
  too_many_requests: { status: 429, meaning: 'Too many requests; `Retry-After` says how long to wait.' },
  internal: { status: 500, meaning: 'An error of this server; the log has it under `request_id`.' },
  database_unavailable: { status: 503, meaning: 'The database cannot be reached at the moment; nothing was stored.' },
  identity_unavailable: {
    status: 503,
    meaning: 'The keys of the identity provider cannot be fetched, so its token cannot be checked.',
  },
  not_ready: { status: 503, meaning: 'The process cannot do its work at the moment; `checks` says why.' },
} as const satisfies Record<string, ErrorMeaning>;

export type ErrorCode = keyof typeof ERRORS;

export const ERROR_CODES = Object.keys(ERRORS) as ErrorCode[];

/** `field` is a path such as `data.applicationId` or `3.type` (the index in an array of events). */
export interface FieldError {
  field: string;
  code: string;
  message: string;
}

interface AppErrorDetails {
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

/** A 400 about one field. */
export function fieldError(field: string, code: string, message: string): AppError {
  return new AppError('validation_failed', message, { errors: [{ field, code, message }] });
}
