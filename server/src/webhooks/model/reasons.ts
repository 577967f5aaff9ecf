/** Why a delivery is in its state. The admin app has a text for each; a test there compares the two lists. */
export const REASONS = [
  'ok',
  'redirect',
  'bad_request',
  'not_allowed',
  'bot_check',
  'not_found',
  'method',
  'gone',
  'too_large',
  'wrong_type',
  'rate_limited',
  // Written for 429 until `rate_limited` was.
  'busy',
  'server_error',
  'bad_gateway',
  'down',
  'timeout',
  'dns',
  'dns_unavailable',
  'unreachable',
  'refused',
  'reset',
  'tls_expired',
  'tls_invalid',
  'tls_incomplete',
  'tls_outdated',
  'tls_client_certificate',
  'plain_http',
  'blocked_address',
  'webhook_off',
  'rejected',
  'bad_answer',
  'interrupted',
  'cancelled',
  'webhook_deleted',
  'erased',
  'our_fault',
] as const;
export type Reason = (typeof REASONS)[number];

/** Of 400, 413, 415 and 422: the receiver is there and refuses this message, which never pauses the webhook. */
export const MESSAGE_REASONS: readonly Reason[] = ['bad_request', 'too_large', 'wrong_type'];
