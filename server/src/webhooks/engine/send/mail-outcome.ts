import type { MailFailure } from '../../../outbound/mailer.js';
import { timingOf, withoutAnswer, type Outcome } from './outcome.js';

/* The outcome of an attempt that consists of mails. Pure. */

/** The result of one mail: accepted by the mail server of the recipient, deferred by it, or refused permanently. */
export interface MailResult {
  email: string;
  outcome: 'accepted' | 'deferred' | 'refused';
  /** `server`: no mail server accepted it at all. */
  by: MailFailure['by'] | null;
  smtpCode: number | null;
  answer: string | null;
}

/** How long the webhook is held while our mail server is down: short, because all its mails wait. */
const SERVER_WAIT_S = 60;

/** `left`: whether there is still a recipient who has confirmed, or may do so. */
export function mailOutcome(results: readonly MailResult[], left: boolean, totalMs: number): Outcome {
  if (results.some(({ outcome }) => outcome === 'accepted')) return delivered(totalMs);
  const deferred = results.filter(({ outcome }) => outcome === 'deferred');
  if (deferred.length > 0) {
    const heard = deferred.some(({ by }) => by !== 'server');
    const detail = deferred.find(({ answer }) => answer !== null)?.answer ?? null;
    if (heard) return withoutAnswer('mail_deferred', 'retry', totalMs, { detail });
    return withoutAnswer('mail_server', 'hold', totalMs, { detail, waitS: SERVER_WAIT_S });
  }
  if (!left) return withoutAnswer('target_gone', 'switch_off', totalMs);
  return withoutAnswer('mail_refused', 'final', totalMs);
}

export function delivered(totalMs: number): Outcome {
  return { kind: 'succeeded', reason: 'ok', answer: null, reconnected: false, timing: timingOf(totalMs) };
}

/** The message is larger than the server or the mailbox accepts (RFC 5321 §4.2.3, RFC 3463 §3.3 and §3.4). */
export function isTooLarge({ permanent, code, answer }: MailFailure): boolean {
  if (!permanent) return false;
  return /\b5\.(?:3\.4|2\.3)\b/.test(answer ?? '') || (code === 552 && !ENHANCED.test(answer ?? ''));
}

/** Mailboxes that do not exist or accept nothing (RFC 3463 §3.2, §3.3). */
const DEAD_MAILBOX = /\b5\.(?:1\.[0-9]|2\.1)\b/;
const ENHANCED = /\b5\.\d{1,3}\.\d{1,3}\b/;

/** Whether the answer means that the address is dead, not only that this mail is refused. */
export function endsAddress({ permanent, by, code, answer }: MailFailure): boolean {
  // 552: the mailbox is full, or the mail too large for it.
  if (!permanent || by !== 'recipient' || code === 552) return false;
  // Codes such as 5.7.1 are about us, not about the mailbox. Servers without such codes give no better reason.
  return answer === null || DEAD_MAILBOX.test(answer) || !ENHANCED.test(answer);
}
