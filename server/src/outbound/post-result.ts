import type { BodyEncoding } from './answer.js';

/** Why there was no answer. The words for people are in the app's reason dictionary. */
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

/** Whole milliseconds. `dnsMs`, `connectMs`, `tlsMs` are null where the step did not happen: a reused connection, no name, no TLS. */
export interface Timing {
  dnsMs: number | null;
  connectMs: number | null;
  tlsMs: number | null;
  /** From the request written to the status line read; null without a status line. */
  firstByteMs: number | null;
  totalMs: number;
}

/** A status line came in time. Whatever happened to headers and body afterwards only shows in `truncated`. */
export interface Answered extends Timing {
  kind: 'answered';
  status: number;
  /** Lower-case names; repeated ones joined by ", "; at most 16 KiB altogether. */
  headers: Record<string, string>;
  /** Decoded as the headers say; without NULs, at most the response limit also when stored as UTF-8. */
  body: string;
  /** `hex`: the bytes were no text, and `body` is the hex digits of the first of them. */
  encoding: BodyEncoding;
  truncated: boolean;
  /** True when a kept-alive connection turned out dead and the request went out once more on a new one. */
  reconnected: boolean;
}

export interface Failed extends Timing {
  kind: 'failed';
  reason: FailureReason;
  /** One English sentence for the log; it never holds an address a name resolved to. */
  detail: string;
  reconnected: boolean;
  /** With `blocked_address`: the address itself is forbidden, not what its name led to just now; no retry can help. */
  final?: boolean;
  /** ISO time, with `tls_expired` only. */
  certificateExpiredAt?: string;
}

export type PostResult = Answered | Failed;
