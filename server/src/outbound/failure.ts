import { isIPv6 } from 'node:net';
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

/** What an attempt is at: looking the name up, connecting, making the connection secure, waiting for the answer. */
export type Step = 'look_up' | 'connect' | 'secure' | 'answer';

const LATE: Record<Step, [FailureReason, what: string]> = {
  look_up: ['dns_unavailable', 'The name servers gave no answer'],
  connect: ['unreachable', 'No connection could be made'],
  secure: ['timeout', 'No secure connection could be made'],
  answer: ['timeout', 'No answer'],
};

/** The failure of an attempt that has used up its time at this step. */
export function lateFailure(step: Step, limitMs: number): OutboundFailure {
  const [reason, what] = LATE[step];
  return new OutboundFailure(reason, `${what} within ${limitMs} ms.`);
}

const UNREACHABLE = new Set(['EHOSTUNREACH', 'ENETUNREACH', 'EHOSTDOWN', 'ENETDOWN', 'EAFNOSUPPORT']);
const HUNG_UP = new Set(['ECONNRESET', 'EPIPE', 'ECONNABORTED', 'UND_ERR_SOCKET']);

/**
 * Turns whatever undici, TLS or the operating system raised into a reason. Messages are dropped: Node puts the IP
 * address into them.
 *
 * @param answerBegun whether a byte of the answer had come: what goes wrong from then on is never our fault
 */
export function failureOf(error: unknown, answerBegun = false): OutboundFailure {
  if (error instanceof OutboundFailure) return error;
  const { code = '', message } = error as NodeJS.ErrnoException;
  if (code === 'ECONNREFUSED') return new OutboundFailure('refused', `The connection was refused (${code}).`);
  if (isUnreachable(error)) return new OutboundFailure('unreachable', `No connection could be made (${code}).`);
  if (code === 'ETIMEDOUT') return new OutboundFailure('timeout', 'The connection timed out.');
  if (code === 'UND_ERR_HEADERS_OVERFLOW') return new OutboundFailure('bad_answer', 'The answer has too many headers.');
  // by class: undici leaves the code of a parser error empty
  if (error instanceof errors.HTTPParserError) return new OutboundFailure('bad_answer', message);
  // undici's word for a second answer nobody asked for, or a switch to another protocol
  if (code === 'UND_ERR_SOCKET' && message.startsWith('bad ')) {
    return new OutboundFailure('bad_answer', 'The answer does not belong to a request of ours.');
  }
  if (HUNG_UP.has(code)) return new OutboundFailure('reset', 'The connection was closed before an answer came.');
  if (code === 'EPROTO' || code.startsWith('ERR_SSL') || code.startsWith('ERR_TLS')) return tlsFailure(code);
  if (answerBegun) return new OutboundFailure('bad_answer', 'The answer could not be read.');
  return new OutboundFailure('our_fault', `The request could not be sent (${code || 'unknown error'}).`);
}

/** By OpenSSL's or Node's name for it. A server's alert about a certificate means ours, of which there is none. */
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
function isUnreachable(error: unknown): boolean {
  const { code = '', syscall, address = '' } = error as NodeJS.ErrnoException & { address?: string };
  if (code === 'ETIMEDOUT') return syscall === 'connect';
  // Where IPv6 is switched off, Linux has no address of its own to connect from; with IPv4 that means no free port.
  if (code === 'EADDRNOTAVAIL') return isIPv6(address);
  return UNREACHABLE.has(code);
}

/** A TLS failure other than expiry; `code` is OpenSSL's or Node's name for it. */
export function tlsFailure(code: string): OutboundFailure {
  const [, reason, words] = TLS_FAILURES.find(([codes]) => codes.test(code)) ?? OTHER_TLS_FAILURE;
  return new OutboundFailure(reason, `${words} (${code}).`);
}

const OTHER_TLS_FAILURE = [null, 'tls_invalid', 'No secure connection could be made'] as const;

/** Whether a request on a reused connection met a connection the receiver had already closed. */
export function isHangUp(error: unknown): boolean {
  const { code = '', message } = error as NodeJS.ErrnoException;
  return HUNG_UP.has(code) && !message.startsWith('bad ');
}
