import { assertNever } from '../../../lib/assert-never.js';
import type { Answered, Failed, PostResult, Timing } from '../../../outbound/post-result.js';
import type { toolOf } from '../../destinations/kinds.js';
import type { Reason } from '../../model/reasons.js';

type Judge = ReturnType<typeof toolOf>['judge'];

/* The outcome of an attempt. Failures are values, not exceptions. Pure. */

/**
 * What follows a failed attempt. `again`: a retry that the plan does not count, because it was our own fault. `hold`:
 * the receiver asks for fewer requests. `shorten`: a tool refused the message as too large and gets a shorter one at
 * once.
 */
export type AfterFailure = 'retry' | 'again' | 'hold' | 'shorten' | 'final' | 'switch_off';

export type Answer = Pick<Answered, 'status' | 'headers' | 'body' | 'encoding' | 'truncated'>;

interface Common {
  timing: Timing;
  reconnected: boolean;
  /** null: there was none, or mails were sent. */
  answer: Answer | null;
}

export type Outcome =
  | (Common & { kind: 'succeeded'; reason: 'ok' })
  | (Common & {
      kind: 'failed';
      reason: Reason;
      after: AfterFailure;
      detail: string | null;
      /** With `tls_expired`, if known. */
      certificateExpiredAt?: string | undefined;
      retryAfter: string | null;
    });

/**
 * The outcome of a request. Success is any 2xx, and for an endpoint also the redirect of Apps Script. `judge`
 * interprets the answers of a tool.
 */
export function outcomeOf(result: PostResult, url: string, judge?: Judge): Outcome {
  const { dnsMs, connectMs, tlsMs, firstByteMs, totalMs, reconnected } = result;
  const timing = { dnsMs, connectMs, tlsMs, firstByteMs, totalMs };
  switch (result.kind) {
    case 'failed': {
      return {
        kind: 'failed',
        reason: result.reason,
        after: afterNoAnswer(result),
        detail: result.detail,
        certificateExpiredAt: result.certificateExpiredAt,
        retryAfter: null,
        answer: null,
        timing,
        reconnected,
      };
    }
    case 'answered': {
      const { status, headers, body, encoding, truncated } = result;
      const answer = { status, headers, body, encoding, truncated };
      const verdict = judge?.(answer);
      const taken = isSuccess(status) || (!judge && isAppsScriptAnswer(answer, url));
      if (verdict === 'delivered' || (!verdict && taken))
        return { kind: 'succeeded', reason: 'ok', answer, timing, reconnected };
      const reason = verdict?.reason ?? (isBotCheck(answer) ? 'bot_check' : reasonOfStatus(status));
      const retryAfter = status === 429 || status === 503 ? (headers['retry-after'] ?? null) : null;
      return {
        kind: 'failed',
        reason,
        after: verdict?.after ?? AFTER_REASON[reason] ?? 'retry',
        detail: null,
        retryAfter,
        answer,
        timing,
        reconnected,
      };
    }
    default:
      return assertNever(result);
  }
}

export function ourFault(error: unknown, startedAtMs: number): Outcome {
  return notSent('our_fault', error instanceof Error ? error.message : String(error), startedAtMs);
}

/** The outcome of an attempt without a request. */
export function notSent(reason: 'our_fault' | 'blocked_address', detail: string, startedAtMs: number): Outcome {
  return withoutAnswer(reason, reason === 'our_fault' ? 'again' : 'final', Date.now() - startedAtMs, { detail });
}

/** The outcome of an attempt that got no answer, or sent mails. */
export function withoutAnswer(
  reason: Reason,
  after: AfterFailure,
  totalMs: number,
  { detail = null, waitS }: { detail?: string | null; waitS?: number } = {},
): Outcome {
  const retryAfter = waitS === undefined ? null : String(waitS);
  const timing = timingOf(totalMs);
  return { kind: 'failed', reason, after, detail, retryAfter, answer: null, reconnected: false, timing };
}

export const timingOf = (totalMs: number): Timing => ({
  dnsMs: null,
  connectMs: null,
  tlsMs: null,
  firstByteMs: null,
  totalMs,
});

const isSuccess = (status: number) => status >= 200 && status < 300;

/**
 * The outcome for a tool whose answer is the address of its `output`, which was fetched. If that failed, the outcome is
 * unknown and the message is sent again: the script skips what it has already written.
 */
export function outcomeOfOutput(posted: Answered, output: PostResult, url: string, judge: Judge): Outcome {
  const { dnsMs, connectMs, tlsMs, firstByteMs, reconnected } = posted;
  const timing = { dnsMs, connectMs, tlsMs, firstByteMs, totalMs: posted.totalMs + output.totalMs };
  const found = { ...outcomeOf(output, url, isRead(output) ? judge : () => UNREAD), timing, reconnected };
  if (found.kind === 'succeeded' || isRead(output)) return found;
  const after = found.after === 'again' ? 'again' : 'retry';
  return { ...found, after, detail: `We could not read what the script said. ${found.detail ?? ''}`.trim() };
}

const isRead = (output: PostResult) => output.kind === 'answered' && isSuccess(output.status);
const UNREAD = { reason: 'bad_answer', after: 'retry' } as const;

/** A script that has run answers with the address of its output. What an endpoint outputs does not matter. */
function isAppsScriptAnswer({ status, headers }: Answer, url: string): boolean {
  if (status !== 302 || !APPS_SCRIPT.test(url)) return false;
  return headers['location']?.startsWith('https://script.googleusercontent.com/') === true;
}

const APPS_SCRIPT = /^https:\/\/script\.google\.com\/(?:a\/)?macros\/(?:[^/?#]+\/)?s\/[^/?#]+\/exec(?:\?|$)/i;

/** A page that checks for humans. Cloudflare marks it with a header; of others only the text tells. */
function isBotCheck({ status, headers, body }: Answer): boolean {
  if (headers['cf-mitigated'] === 'challenge') return true;
  return status === 403 && /^text\/html\b/i.test(headers['content-type'] ?? '') && BOT_CHECK_PAGE.test(body);
}

const BOT_CHECK_WORDS = [
  'captcha',
  'just a moment',
  'attention required',
  'checking your browser',
  String.raw`verif\w+ (?:that )?you are (?:a )?human`,
  'are you (?:a )?(?:human|robot)',
  'enable javascript and cookies',
  '_incapsula_',
  'datadome',
  'perimeterx',
  'sucuri website firewall',
];
const BOT_CHECK_PAGE = new RegExp(BOT_CHECK_WORDS.join('|'), 'i');

function afterNoAnswer({ reason, final }: Failed): AfterFailure {
  if (final) return 'final';
  return reason === 'our_fault' ? 'again' : 'retry';
}

const AFTER_REASON: Partial<Record<Reason, AfterFailure>> = { gone: 'switch_off', rate_limited: 'hold' };

const STATUS_REASONS: Record<number, Reason> = {
  400: 'bad_request',
  401: 'not_allowed',
  403: 'not_allowed',
  404: 'not_found',
  405: 'method',
  410: 'gone',
  413: 'too_large',
  415: 'wrong_type',
  422: 'bad_request',
  429: 'rate_limited',
  502: 'bad_gateway',
  503: 'down',
  504: 'bad_gateway',
};

/** The reason for an answer that is not 2xx. */
export function reasonOfStatus(status: number): Reason {
  const known = STATUS_REASONS[status];
  if (known) return known;
  if (status >= 500) return 'server_error';
  if (status >= 400) return 'rejected';
  return status >= 300 ? 'redirect' : 'bad_answer';
}
