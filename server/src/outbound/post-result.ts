import type { BodyEncoding } from './answer.js';

/* The outcome of a request: an answer, or the reason why there is none. */

/** Why there was no answer. The app has a text for each. */
export type FailureReason =
  | 'timeout'
  | 'dns'
  | 'dns_unavailable'
  | 'unreachable'
  | 'refused'
  | 'reset'
  | 'tls_expired'
  | 'tls_invalid'
  | 'tls_incomplete'
  | 'tls_outdated'
  | 'tls_client_certificate'
  | 'plain_http'
  | 'blocked_address'
  | 'bad_answer'
  | 'our_fault';

/** Whole milliseconds. `dnsMs`, `connectMs`, `tlsMs` are null if skipped: reused connection, no name, no TLS. */
export interface Timing {
  dnsMs: number | null;
  connectMs: number | null;
  tlsMs: number | null;
  /** From sending the request to reading the status line; null without a status line. */
  firstByteMs: number | null;
  totalMs: number;
}

/** A status line arrived in time. Later problems with headers or body only set `truncated`. */
export interface Answered extends Timing {
  kind: 'answered';
  status: number;
  /** Lower-case names; repeated ones joined by ", "; at most 16 KiB in total. */
  headers: Record<string, string>;
  /** Decoded as declared, without NULs, at most the response limit as UTF-8. */
  body: string;
  /** `hex`: not text; `body` has the hex digits of the first bytes. */
  encoding: BodyEncoding;
  truncated: boolean;
  /** A kept-alive connection was dead and the request was sent again on a new one. */
  reconnected: boolean;
}

export interface Failed extends Timing {
  kind: 'failed';
  reason: FailureReason;
  /** One English sentence for the log; never contains a resolved address. */
  detail: string;
  reconnected: boolean;
  /** With `blocked_address`: the URL itself is forbidden, not just what its name resolves to now; never retried. */
  final?: boolean;
  /** ISO time, only with `tls_expired`. */
  certificateExpiredAt?: string;
}

export type PostResult = Answered | Failed;
