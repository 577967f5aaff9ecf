import { parseUrl } from '../../lib/parse-url.js';
import { assertNever } from '../../lib/assert-never.js';
import type { OutdatedCondition } from '../destinations/conditions.js';
import type { Reason } from '../model/reasons.js';
import type { AlertFacts, AlertKind } from './alert.entity.js';

/* The text of an alert: what happened, who must fix it, what to do. */

export interface AlertText {
  subject: string;
  /** Paragraphs. */
  lines: string[];
  /** The label of the link to the webhook. */
  link: string;
}

type Who = 'them' | 'you' | 'us' | 'script';

/** What the last failure was, in the words of the app (a test compares them), and who must fix it. */
const FAILURES: Partial<Record<Reason, [what: string, who: Who]>> = {
  redirect: ['Their address redirects to another one. We do not follow redirects.', 'you'],
  bad_request: ['They could not understand the message.', 'them'],
  not_allowed: ['They did not accept our message.', 'them'],
  bot_check: ['A bot check in front of their server stopped us.', 'them'],
  not_found: ['The server answers, but this address does not exist there.', 'you'],
  method: ['This address does not accept POST requests.', 'you'],
  gone: ['Their server asked us to stop sending (410).', 'them'],
  too_large: ['The message was too large for their server.', 'them'],
  wrong_type: ['They do not accept JSON.', 'them'],
  rate_limited: ['Their server asked us to slow down.', 'them'],
  busy: ['They asked us to slow down.', 'them'],
  message_refused: ['They rejected the format of our message.', 'us'],
  target_gone: ['The channel, space, script or mailbox no longer exists.', 'you'],
  wrong_key: ['The key in the script does not match the key in the address.', 'script'],
  script_error: ['The script stopped with an error.', 'script'],
  server_error: ['Something broke on their side.', 'them'],
  bad_gateway: ['Their gateway could not reach their own server.', 'them'],
  down: ['Their server says it is down.', 'them'],
  timeout: ['They took too long to answer.', 'them'],
  dns: ['We cannot find this address on the internet.', 'you'],
  dns_unavailable: ['The name server for this address did not answer.', 'them'],
  unreachable: ['We could not connect to their server.', 'them'],
  refused: ['Their server refused the connection.', 'them'],
  reset: ['The connection broke before they answered.', 'them'],
  tls_expired: ['Their site’s security certificate has expired.', 'them'],
  tls_invalid: ['Their site’s security certificate does not match this address.', 'them'],
  tls_incomplete: ['We cannot tell who issued their site’s security certificate.', 'them'],
  tls_outdated: ['Their server only offers outdated encryption.', 'them'],
  tls_client_certificate: ['Their server asks us for a certificate. We have none.', 'them'],
  plain_http: ['The address says https, but their server does not encrypt.', 'you'],
  blocked_address: ['This address points into a private network. We never send there.', 'you'],
  rejected: ['They rejected the message.', 'them'],
  bad_answer: ['Their server sent a reply we could not read.', 'them'],
  interrupted: ['We restarted while sending this.', 'us'],
  mail_refused: ['Their mail server refused the email.', 'you'],
  mail_deferred: ['Their mail server asked us to try again later.', 'them'],
  mail_server: ['Our mail server did not accept the email.', 'us'],
  mail_limit: ['Your agency has reached its hourly limit of emails.', 'us'],
  no_recipients: ['No recipient has confirmed yet.', 'you'],
  our_fault: ['Something went wrong on our side.', 'us'],
};

const WHO: Record<Who, string> = {
  them: 'The people who run that server need to fix it.',
  you: 'Check the address in the settings, or ask the people who gave it to you.',
  us: 'We are fixing this. No action needed.',
  script: 'In the sheet, open Extensions → Apps Script and correct it. The webhook shows how.',
};

/** The sentence about a failure; null: there was none, or there is no sentence for it. */
export const whatFailed = (reason: Reason | null): string | null => (reason && FAILURES[reason]?.[0]) ?? null;

/** Tools by their hosts, which are run by the makers of the tools. */
const TOOLS: readonly (readonly [RegExp, string])[] = [
  [/^hooks\.slack\.com$/, 'Slack'],
  [/\.(?:logic\.azure\.com|environment\.api\.powerplatform\.com)(?::\d+)?$/, 'Microsoft Teams'],
  [/^chat\.googleapis\.com$/, 'Google Chat'],
  [/^script\.google\.com$/, 'Google Sheets'],
];

/** The description, else the host: the whole address may hold a key. */
export function nameOf({ description, url }: Pick<AlertFacts, 'description' | 'url'>): string {
  return description || (parseUrl(url ?? '')?.host ?? 'a webhook');
}

export function textOf(kind: AlertKind, facts: AlertFacts): AlertText {
  const name = nameOf(facts);
  const [what, who] = FAILURES[facts.reason as Reason] ?? (['Its deliveries are failing.', 'them'] as const);
  const code = facts.response_status;
  // Below 300 the status says nothing: a script answers 200 to everything.
  const status = code === null || code < 300 || what.includes(`(${code})`) ? '' : ` (${code})`;
  const host = parseUrl(facts.url ?? '')?.host;
  const tool = who === 'them' ? TOOLS.find(([its]) => its.test(host ?? ''))?.[1] : undefined;
  const cause = tool
    ? `${tool} does not take our messages at the moment${status}. No action is needed, unless that goes on.`
    : `${what.replace(/\.$/, `${status}.`)} ${WHO[who]}`;
  const called = host ? `${name} (${host})` : name;
  switch (kind) {
    case 'paused':
      return {
        subject: `${name} is paused: it keeps failing`,
        lines: [
          `We could not send events to ${called}, so we paused it.`,
          cause,
          'Nothing is lost. We try one event from time to time. When it works again, we send the rest automatically.',
          `If it does not work by ${timeOf(facts.switches_off_at)}, we turn it off.`,
        ],
        link: 'See what is wrong',
      };
    case 'switch_off_soon':
      return {
        subject: `${name} will be turned off in about a day`,
        lines: [
          `${called} has failed since ${timeOf(facts.failing_since)}. ` +
            `We turn it off on ${timeOf(facts.switches_off_at)} unless it works by then.`,
          cause,
          'Once it is fixed, press "Send test" to check.',
        ],
        link: 'Open the webhook',
      };
    case 'switched_off':
      return {
        subject: `${name} is turned off`,
        lines: [
          ...whyOff(called, facts.off_reason, cause),
          'New events are kept as "Skipped". Once it is fixed, turn it on and resend what it missed.',
        ],
        link: 'Open the webhook',
      };
    case 'recovered':
      return {
        subject: `${name} works again`,
        lines: [`${called} answers again. We are now sending the events that waited. No action needed.`],
        link: 'See its deliveries',
      };
    case 'conditions_outdated':
      return {
        subject: `${name}: a condition no longer works`,
        lines: [
          `A condition of ${called} is about something that events no longer have: ${listOf(facts.conditions ?? [])}.`,
          'Events of that type may not be sent until you change it.',
          'Open its settings and choose another field, or remove the condition.',
        ],
        link: 'Open the webhook',
      };
    default:
      return assertNever(kind);
  }
}

/** `newStatus of application.status_changed` */
const listOf = (conditions: readonly OutdatedCondition[]): string =>
  conditions.map(({ event, field }) => (field === null ? event : `${field} of ${event}`)).join(', ');

/** What happened, and what helps. */
function whyOff(called: string, reason: AlertFacts['off_reason'], cause: string): [string, string] {
  if (reason === 'gone') {
    return [
      `The server of ${called} asked us to stop sending (410), so we turned it off.`,
      'If this is a mistake, tell the people who run that server.',
    ];
  }
  if (reason === 'target_gone') {
    return [
      `We turned ${called} off: its channel, space, script or mailbox is no longer there.`,
      'Choose another place for it, and enter that in the settings.',
    ];
  }
  return [`${called} has failed for too long, so we turned it off.`, cause];
}

/** `24 Nov 2026, 14:02 UTC`: the reader's time zone is unknown. */
function timeOf(iso: string | null): string {
  if (iso === null) return 'then';
  const text = new Date(iso).toLocaleString('en-GB', { timeZone: 'UTC', dateStyle: 'medium', timeStyle: 'short' });
  return `${text} UTC`;
}
