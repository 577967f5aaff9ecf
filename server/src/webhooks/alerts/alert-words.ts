import { parseUrl } from '../../lib/parse-url.js';
import { assertNever } from '../../lib/assert-never.js';
import type { Reason } from '../model/reasons.js';
import type { AlertFacts, AlertKind } from './alert.entity.js';

/* The text of an alert: what happened, who must fix it, what to do. */

export interface AlertWords {
  subject: string;
  /** Paragraphs. */
  lines: string[];
  /** The label of the link to the webhook. */
  link: string;
}

type Who = 'them' | 'you' | 'us';

/** What the last failure was, and who must fix it. */
const FAILURES: Partial<Record<Reason, [what: string, who: Who]>> = {
  redirect: ['Their server sends us to another address', 'you'],
  bad_request: ['They do not understand our message', 'them'],
  not_allowed: ['They do not let our message in', 'them'],
  bot_check: ['A bot check in front of their server stops us', 'them'],
  not_found: ['There is nothing at this address', 'you'],
  method: ['Their address does not take messages', 'you'],
  gone: ['They say that they want no more messages', 'them'],
  too_large: ['Our message is too large for them', 'them'],
  wrong_type: ['They do not take JSON', 'them'],
  rate_limited: ['They say that we send too much', 'them'],
  busy: ['They say that we send too much', 'them'],
  server_error: ['Their server has an error', 'them'],
  bad_gateway: ['Their server cannot reach what is behind it', 'them'],
  down: ['Their server says that it is down', 'them'],
  timeout: ['Their server does not answer in time', 'them'],
  dns: ['Their host name cannot be found', 'you'],
  dns_unavailable: ['Their name server does not answer', 'them'],
  unreachable: ['We cannot connect to their server', 'them'],
  refused: ['Nobody answers at this address', 'them'],
  reset: ['Their server hangs up on us', 'them'],
  tls_expired: ['Their certificate has expired', 'them'],
  tls_invalid: ['Their certificate is not valid', 'them'],
  tls_incomplete: ['Their certificate leads to no authority that we know', 'them'],
  tls_outdated: ['Their server offers only encryption that is too old', 'them'],
  tls_client_certificate: ['Their server wants a certificate from us, and we have none', 'them'],
  plain_http: ['There is no encryption at this address', 'you'],
  blocked_address: ['This address points into a private network', 'you'],
  rejected: ['They refuse our message', 'them'],
  bad_answer: ['Their answer makes no sense', 'them'],
  interrupted: ['Our try was cut off', 'us'],
  our_fault: ['Something went wrong on our side', 'us'],
};

const WHO: Record<Who, string> = {
  them: 'The people who run that server need to mend it.',
  you: 'Check the address in the settings, or ask the people who gave it to you.',
  us: 'We look after this. You need not do anything.',
};

/** The description, else the host: the full address may hold a key. */
export function nameOf({ description, url }: Pick<AlertFacts, 'description' | 'url'>): string {
  return description || (parseUrl(url)?.host ?? 'a webhook');
}

export function wordsOf(kind: AlertKind, facts: AlertFacts): AlertWords {
  const name = nameOf(facts);
  const [what, who] = FAILURES[facts.reason as Reason] ?? (['It fails', 'them'] as const);
  const status = facts.response_status === null ? '' : ` (${facts.response_status})`;
  const cause = `${what}${status}. ${WHO[who]}`;
  const host = parseUrl(facts.url)?.host ?? '';
  switch (kind) {
    case 'paused':
      return {
        subject: `${name} is paused: it keeps failing`,
        lines: [
          `We could not send events to ${name} (${host}), so we paused it.`,
          cause,
          'Nothing is lost. We try one event from time to time. When it works again, we send the rest by ourselves.',
          `If it does not work by ${timeOf(facts.switches_off_at)}, we turn it off.`,
        ],
        link: 'See what is wrong',
      };
    case 'switch_off_soon':
      return {
        subject: `${name} will be turned off in about a day`,
        lines: [
          `${name} (${host}) has failed since ${timeOf(facts.failing_since)}. ` +
            `We turn it off at ${timeOf(facts.switches_off_at)} unless it works before.`,
          cause,
          'Once it is mended, press "Send test" to see whether it works.',
        ],
        link: 'Open the webhook',
      };
    case 'switched_off':
      return {
        subject: `${name} is turned off`,
        lines: [
          facts.off_reason === 'gone'
            ? `The server of ${name} (${host}) said that it wants no more messages (410), so we turned it off.`
            : `${name} (${host}) has failed for too long, so we turned it off.`,
          facts.off_reason === 'gone' ? 'If this is a mistake, tell the people who run that server.' : cause,
          'New events are kept as "Skipped". When it is mended, turn it on. ' +
            'Then press "Send them" to send what it missed.',
        ],
        link: 'Open the webhook',
      };
    case 'recovered':
      return {
        subject: `${name} works again`,
        lines: [`${name} (${host}) answers again. We now send what has waited. You need not do anything.`],
        link: 'See its deliveries',
      };
    default:
      return assertNever(kind);
  }
}

/** `24 Nov 2026, 14:02 UTC`: the reader's time zone is unknown. */
function timeOf(iso: string | null): string {
  if (iso === null) return 'then';
  const words = new Date(iso).toLocaleString('en-GB', { timeZone: 'UTC', dateStyle: 'medium', timeStyle: 'short' });
  return `${words} UTC`;
}
