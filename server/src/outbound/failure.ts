import { errors } from 'undici';
import type { FailureReason } from './post-result.js';

/** A failure that already has its reason and its words: raised while connecting, or by a limit of ours. */
export class OutboundFailure extends Error {
  constructor(
    readonly reason: FailureReason,
    readonly detail: string,
    readonly certificateExpiredAt?: string,
  ) {
    super(detail);
  }
}

const NOBODY_ANSWERS = new Set(['ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH', 'EHOSTDOWN', 'ENETDOWN']);
const HUNG_UP = new Set(['ECONNRESET', 'EPIPE', 'ECONNABORTED', 'UND_ERR_SOCKET']);

/** Turns whatever undici, TLS or the operating system raised into a reason. Messages are dropped: Node puts the IP address into them. */
export function failureOf(error: unknown): OutboundFailure {
  if (error instanceof OutboundFailure) return error;
  const { code = '', message } = error as NodeJS.ErrnoException;
  if (NOBODY_ANSWERS.has(code)) return new OutboundFailure('refused', `Nobody answers at this address (${code}).`);
  if (code === 'ETIMEDOUT') return new OutboundFailure('timeout', 'The connection timed out.');
  if (code === 'UND_ERR_HEADERS_OVERFLOW') return new OutboundFailure('bad_answer', 'The answer has too many headers.');
  // by class: undici leaves the code of a parser error empty
  if (error instanceof errors.HTTPParserError) return new OutboundFailure('bad_answer', message);
  // undici's word for a second answer nobody asked for, "100 Continue", or a switch to another protocol
  if (code === 'UND_ERR_SOCKET' && message.startsWith('bad ')) {
    return new OutboundFailure('bad_answer', 'The answer does not belong to a request of ours.');
  }
  if (HUNG_UP.has(code)) return new OutboundFailure('reset', 'The connection was closed before an answer came.');
  if (code === 'EPROTO' || code.startsWith('ERR_SSL') || code.startsWith('ERR_TLS')) return tlsFailure(code);
  return new OutboundFailure('our_fault', `The request could not be sent (${code || 'unknown error'}).`);
}

/** A TLS failure other than expiry; `code` is OpenSSL's or Node's name for it. */
export function tlsFailure(code: string): OutboundFailure {
  return new OutboundFailure('tls_invalid', `No secure connection could be made (${code}).`);
}

/** Whether a request on a reused connection met a connection the receiver had already closed. */
export function isHangUp(error: unknown): boolean {
  const { code = '', message } = error as NodeJS.ErrnoException;
  return HUNG_UP.has(code) && !message.startsWith('bad ');
}
