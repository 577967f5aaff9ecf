/**
 * - `missing_header`: a header that the check needs is not there.
 * - `bad_header`: `webhook-timestamp` is not a number.
 * - `bad_secret`: no secret was given, or it is not `whsec_` and base64.
 * - `body_not_raw`: the body is an object: it was parsed before the check.
 * - `body_rewritten`: the signature fits the same JSON written without spaces, so something parsed and rewrote the body on its way.
 * - `signature_mismatch`: another secret, or the body was changed; a signature cannot tell these two apart.
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

/** Why a request is not accepted as a webhook of BPOC. The message never contains the secret or the expected signature. */
export class VerificationError extends Error {
  override readonly name = 'VerificationError';

  constructor(
    readonly code: VerificationCode,
    message: string,
  ) {
    super(message);
  }
}
