/**
 * - `missing_header`: a required header is missing.
 * - `bad_header`: `webhook-timestamp` is not a number.
 * - `bad_secret`: the secret is missing, or is not `whsec_` and base64.
 * - `body_not_raw`: the body is an object, so it was parsed before the check.
 * - `body_rewritten`: the signature matches the same JSON without spaces, so the body was parsed and serialised again.
 * - `signature_mismatch`: another secret, or a changed body; a signature cannot tell which.
 * - `too_old`, `too_new`: signed correctly, but outside the tolerance: a replay, or a wrong clock.
 * - `bad_body`: signed correctly, but not a BPOC message.
 */
export type VerificationCode =
  | 'missing_header'
  | 'bad_header'
  | 'bad_secret'
  | 'body_not_raw'
  | 'body_rewritten'
  | 'signature_mismatch'
  | 'too_old'
  | 'too_new'
  | 'bad_body';

/** Why a request is not a valid BPOC webhook. The message never contains the secret or the expected signature. */
export class VerificationError extends Error {
  override readonly name = 'VerificationError';

  constructor(
    readonly code: VerificationCode,
    message: string,
  ) {
    super(message);
  }
}
