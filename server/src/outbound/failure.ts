import { isIPv6 } from 'node:net';
import { errors } from 'undici';
import type { FailureReason } from './post-result.js';

/* Why a request got no answer: maps errors of undici, TLS and the operating system to reasons. */

/** A failure whose reason is known: raised while connecting, or by one of our limits. */
export class OutboundFailure extends Error {
  constructor(
    readonly reason: FailureReason,
    readonly detail: string,
    readonly certificateExpiredAt?: string,
  ) {
    super(detail);
  }
}

/** The current step of an attempt: DNS lookup, reaching the proxy, TCP connect, TLS handshake, the answer. */
export type Step = 'look_up' | 'proxy' | 'connect' | 'secure' | 'answer';

const TIMEOUTS: Record<Step, [FailureReason, what: string]> = {
  look_up: ['dns_unavailable', 'The name servers gave no answer'],
  proxy: ['our_fault', 'The outbound proxy could not be reached'],
  connect: ['unreachable', 'No connection could be made'],
  secure: ['timeout', 'No secure connection could be made'],
  answer: ['timeout', 'No answer'],
};

/** The failure of an attempt that timed out at this step. */
export function timeoutFailure(step: Step, limitMs: number): OutboundFailure {
  const [reason, what] = TIMEOUTS[step];
  return new OutboundFailure(reason, `${what} within ${limitMs} ms.`);
}

const UNREACHABLE = new Set(['EHOSTUNREACH', 'ENETUNREACH', 'EHOSTDOWN', 'ENETDOWN', 'EAFNOSUPPORT']);
const HUNG_UP = new Set(['ECONNRESET', 'EPIPE', 'ECONNABORTED', 'UND_ERR_SOCKET']);

/**
 * Messages of system errors are dropped, because Node includes the IP address.
 *
 * @param answerBegun whether any byte of the answer was received; failures after that are never our fault
 */
export function failureOf(error: unknown, answerBegun = false): OutboundFailure {
  if (error instanceof OutboundFailure) return error;
  const { code = '', message } = error as NodeJS.ErrnoException;
  if (code === 'ECONNREFUSED') return new OutboundFailure('refused', `The connection was refused (${code}).`);
  if (isUnreachable(error)) return new OutboundFailure('unreachable', `No connection could be made (${code}).`);
  if (code === 'ETIMEDOUT') return new OutboundFailure('timeout', 'The connection timed out.');
  if (code === 'UND_ERR_HEADERS_OVERFLOW') return new OutboundFailure('bad_answer', 'The answer has too many headers.');
  // By class: undici sets no code on parser errors.
  if (error instanceof errors.HTTPParserError) return new OutboundFailure('bad_answer', message);
  // undici's message for an unsolicited answer or a protocol switch.
  if (code === 'UND_ERR_SOCKET' && message.startsWith('bad ')) {
    return new OutboundFailure('bad_answer', 'The answer does not belong to any request.');
  }
  if (HUNG_UP.has(code)) return new OutboundFailure('reset', 'The connection was closed before an answer came.');
  if (code === 'EPROTO' || code.startsWith('ERR_SSL') || code.startsWith('ERR_TLS')) return tlsFailure(code);
  if (answerBegun) return new OutboundFailure('bad_answer', 'The answer could not be read.');
  return new OutboundFailure('our_fault', `The request could not be sent (${code || 'unknown error'}).`);
}

/**
 * By error code of OpenSSL or Node. When the server sends an alert about a certificate, it wants a client certificate,
 * which we do not have.
 */
const TLS_FAILURES: readonly [RegExp, FailureReason, string][] = [
  [
    /^UNABLE_TO_(VERIFY_LEAF_SIGNATURE|GET_ISSUER_CERT)/,
    'tls_incomplete',
    'The certificate leads to no known authority',
  ],
  [
    /PROTOCOL_VERSION|UNSUPPORTED_(SSL|PROTOCOL)|_TOO_(LOW|SMALL|WEAK)$/,
    'tls_outdated',
    'Only outdated TLS is offered',
  ],
  [/_ALERT_.*(CERTIFICATE|UNKNOWN_CA)/, 'tls_client_certificate', 'A client certificate is wanted'],
  [/WRONG_VERSION_NUMBER|HTTP_REQUEST|PACKET_LENGTH/, 'plain_http', 'There is no TLS at this port'],
];
const OTHER_TLS_FAILURE = [null, 'tls_invalid', 'No secure connection could be made'] as const;

function isUnreachable(error: unknown): boolean {
  const { code = '', syscall, address = '' } = error as NodeJS.ErrnoException & { address?: string };
  if (code === 'ETIMEDOUT') return syscall === 'connect';
  // With IPv6 disabled Linux has no source address; with IPv4 the same code means no free port.
  if (code === 'EADDRNOTAVAIL') return isIPv6(address);
  return UNREACHABLE.has(code);
}

/** A TLS failure other than expiry; `code` is an error code of OpenSSL or Node. */
export function tlsFailure(code: string): OutboundFailure {
  const [, reason, words] = TLS_FAILURES.find(([codes]) => codes.test(code)) ?? OTHER_TLS_FAILURE;
  return new OutboundFailure(reason, `${words} (${code}).`);
}

/** Whether the receiver had already closed the reused connection. */
export function isHangUp(error: unknown): boolean {
  const { code = '', message } = error as NodeJS.ErrnoException;
  return HUNG_UP.has(code) && !message.startsWith('bad ');
}
