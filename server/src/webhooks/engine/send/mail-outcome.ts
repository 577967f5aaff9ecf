import type { MailFailure } from '../../../outbound/mailer.js';
import type { Timing } from '../../../outbound/post-result.js';
import type { AfterFailure, Outcome } from './outcome.js';
import type { Reason } from '../../model/reasons.js';

/* The result of an attempt that is mails: a value, not an exception. Pure. */

/** One mail: taken by the mail server of the recipient, put off by it, or refused for good. */
export interface MailResult {
  email: string;
  outcome: 'accepted' | 'deferred' | 'refused';
  /** `server`: no mail server took it at all. */
  by: MailFailure['by'] | null;
  smtpCode: number | null;
  answer: string | null;
}

/** Waits of the webhook while our mail server is away: short, because all its mails wait. */
const SERVER_WAIT_S = 60;

/** `left`: whether any recipient remains who has confirmed or may still. */
export function mailOutcome(results: readonly MailResult[], left: boolean, totalMs: number): Outcome {
  if (results.some(({ outcome }) => outcome === 'accepted')) return delivered(totalMs);
  const deferred = results.filter(({ outcome }) => outcome === 'deferred');
  if (deferred.length > 0) {
    const heard = deferred.some(({ by }) => by !== 'server');
    const detail = deferred.find(({ answer }) => answer !== null)?.answer ?? null;
    if (heard) return notDelivered('mail_deferred', 'retry', totalMs, { detail });
    return notDelivered('mail_server', 'hold', totalMs, { detail, waitS: SERVER_WAIT_S });
  }
  if (!left) return notDelivered('target_gone', 'switch_off', totalMs);
  return notDelivered('mail_refused', 'final', totalMs);
}

const timingOf = (totalMs: number): Timing => ({
  dnsMs: null,
  connectMs: null,
  tlsMs: null,
  firstByteMs: null,
  totalMs,
});

export function delivered(totalMs: number): Outcome {
  return { kind: 'succeeded', reason: 'ok', answer: null, reconnected: false, timing: timingOf(totalMs) };
}

export function notDelivered(
  reason: Reason,
  after: AfterFailure,
  totalMs: number,
  { detail = null, waitS }: { detail?: string | null; waitS?: number } = {},
): Outcome {
  const retryAfter = waitS === undefined ? null : String(waitS);
  const timing = timingOf(totalMs);
  return { kind: 'failed', reason, after, detail, retryAfter, answer: null, reconnected: false, timing };
}

/** The message is larger than the server or the mailbox takes (RFC 5321 §4.2.3, RFC 3463 §3.3 and §3.4). */
export function isTooLarge({ permanent, code, answer }: MailFailure): boolean {
  if (!permanent) return false;
  return /\b5\.(?:3\.4|2\.3)\b/.test(answer ?? '') || (code === 552 && !ENHANCED.test(answer ?? ''));
}

/** Mailboxes that do not exist or take nothing (RFC 3463 §3.2, §3.3). */
const DEAD_MAILBOX = /\b5\.(?:1\.[0-9]|2\.1)\b/;
const ENHANCED = /\b5\.\d{1,3}\.\d{1,3}\b/;

/** Whether the answer ends the address, rather than this one mail. */
export function endsAddress({ permanent, by, code, answer }: MailFailure): boolean {
  // 552: full, or too large for it.
  if (!permanent || by !== 'recipient' || code === 552) return false;
  // 5.7.1 and the like speak of us, not of the mailbox; servers without such codes give no better reason.
  return answer === null || DEAD_MAILBOX.test(answer) || !ENHANCED.test(answer);
}
