/**
 * - `missing_header`: a required header is missing.
 * - `bad_header`: `webhook-timestamp` is not a number.
 * - `bad_secret`: the secret is missing, or is not `whsec_` and base64.
 * - `body_not_raw`: the body is an object: it was parsed before the check.
 * - `body_rewritten`: the signature matches the same JSON without spaces: the body was parsed and serialised again.
 * - `signature_mismatch`: another secret, or the body was changed; a signature cannot distinguish the two.
 * - `too_old`, `too_new`: signed correctly, but further from now than the tolerance: a replay, or a clock is wrong.
 * - `bad_body`: signed correctly, but not a message of BPOC.
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
