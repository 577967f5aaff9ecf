/**
 * Every word the app says about a state, in one place: plain, for people who are not engineers.
 * The keys come from the API's own types, so a new reason or state on the server does not compile here without words.
 */
import type { DeliveryStatus, Health, OffReason, Reason, Role } from './api/types';

/** Who can fix it. `bpoc` is us; `none` means that nothing has to be fixed. */
export type Who = 'developer' | 'admin' | 'bpoc' | 'none';

/** What we do next. `ended`: nothing, as intended. `not_counted`: we try again and it does not count as a try. */
export type Retried = 'yes' | 'when_they_asked' | 'not_counted' | 'no' | 'ended';

export interface ReasonWords {
  /** What happened, in terms of "them": the system at the webhook's address. */
  sentence: string;
  who: Who;
  whatToDo: string;
  /** What the receiver's developer has to do, if that differs. */
  theyDo?: string;
  retried: Retried;
}

export const reasons: Record<Reason, ReasonWords> = {
  ok: { sentence: 'Delivered.', who: 'none', whatToDo: 'Nothing to do.', retried: 'ended' },
  redirect: {
    sentence: 'Their address redirects to another one. We do not follow redirects.',
    who: 'developer',
    whatToDo: 'Ask them for the right address. Enter it in Settings.',
    theyDo: 'Tell us the new address, or do not redirect.',
    retried: 'yes',
  },
  bad_request: {
    sentence: 'They could not understand the message.',
    who: 'developer',
    whatToDo: 'Look at their answer. It often says what is wrong.',
    retried: 'yes',
  },
  not_allowed: {
    sentence: 'They did not accept our message.',
    who: 'developer',
    whatToDo: 'Check that the secret is the same on both sides. Then check their firewall.',
    retried: 'yes',
  },
  bot_check: {
    sentence: 'A bot check in front of their server stopped us.',
    who: 'developer',
    whatToDo: 'Let our requests through: allow the user agent BPOC-Webhooks, or the addresses we send from.',
    retried: 'yes',
  },
  not_found: {
    sentence: 'The server answers, but this address does not exist there.',
    who: 'admin',
    whatToDo: 'Check the address for typing errors.',
    theyDo: 'Tell us the right address, or put this one in place.',
    retried: 'yes',
  },
  method: {
    sentence: 'This address does not accept POST requests.',
    who: 'developer',
    whatToDo: 'Use the webhook address, not the address of a web page.',
    theyDo: 'Accept POST there, or tell us the right address.',
    retried: 'yes',
  },
  gone: {
    sentence: 'Their server asked us to stop sending (410).',
    who: 'admin',
    whatToDo: 'We turned the webhook off. Turn it on when they are ready.',
    theyDo: 'Tell us when you want events again.',
    retried: 'no',
  },
  too_large: {
    sentence: 'The message was too large for their server.',
    who: 'developer',
    whatToDo: 'Raise their limit. We send up to 256 KiB.',
    retried: 'yes',
  },
  wrong_type: {
    sentence: 'They do not accept JSON.',
    who: 'developer',
    whatToDo: 'Make the address accept application/json.',
    retried: 'yes',
  },
  rate_limited: {
    sentence: 'Their server asked us to slow down.',
    who: 'none',
    whatToDo: 'Nothing to do. We wait as long as they asked.',
    retried: 'not_counted',
  },
  busy: {
    sentence: 'They asked us to slow down.',
    who: 'none',
    whatToDo: 'Nothing to do. We wait as long as they asked.',
    retried: 'when_they_asked',
  },
  server_error: {
    sentence: 'Something broke on their side.',
    who: 'developer',
    whatToDo: 'Look at their answer, fix the cause, then resend.',
    retried: 'yes',
  },
  bad_gateway: {
    sentence: 'Their gateway could not reach their own server.',
    who: 'developer',
    whatToDo: 'Check that the service behind their gateway is running.',
    retried: 'yes',
  },
  down: {
    sentence: 'Their server says it is down.',
    who: 'developer',
    whatToDo: 'Check that their server is up.',
    retried: 'yes',
  },
  timeout: {
    sentence: 'They took too long to answer.',
    who: 'developer',
    whatToDo: 'Their server should reply right away and process the data afterwards.',
    retried: 'yes',
  },
  dns: {
    sentence: 'We cannot find this address on the internet.',
    who: 'admin',
    whatToDo: 'Check the address for typing errors.',
    theyDo: 'Check its DNS record, or tell us the right address.',
    retried: 'yes',
  },
  dns_unavailable: {
    sentence: 'The name server for this address did not answer.',
    who: 'developer',
    whatToDo: 'Wait for the next try. If it fails too, check their DNS.',
    retried: 'yes',
  },
  unreachable: {
    sentence: 'We could not connect to their server.',
    who: 'developer',
    whatToDo: 'Check that it is up and that their firewall lets us in.',
    retried: 'yes',
  },
  refused: {
    sentence: 'Their server refused the connection.',
    who: 'developer',
    whatToDo: 'Check that their server is running.',
    retried: 'yes',
  },
  reset: {
    sentence: 'The connection broke before they answered.',
    who: 'developer',
    whatToDo: 'Check their server and any proxy or firewall.',
    retried: 'yes',
  },
  tls_expired: {
    sentence: 'Their site’s security certificate has expired.',
    who: 'developer',
    whatToDo: 'Renew it. Then resend.',
    retried: 'yes',
  },
  tls_invalid: {
    sentence: 'Their site’s security certificate does not match this address.',
    who: 'developer',
    whatToDo: 'Install the right one. Then resend.',
    retried: 'yes',
  },
  tls_incomplete: {
    sentence: 'We cannot tell who issued their site’s security certificate.',
    who: 'developer',
    whatToDo: 'Install the full certificate chain. Then resend.',
    retried: 'yes',
  },
  tls_outdated: {
    sentence: 'Their server only offers outdated encryption.',
    who: 'developer',
    whatToDo: 'Turn on TLS 1.2 or newer. Then resend.',
    retried: 'yes',
  },
  tls_client_certificate: {
    sentence: 'Their server asks us for a certificate. We have none.',
    who: 'developer',
    whatToDo: 'Turn that off for this address, and check our signature instead.',
    retried: 'yes',
  },
  plain_http: {
    sentence: 'The address says https, but their server does not encrypt.',
    who: 'developer',
    whatToDo: 'Check the port in the address, or turn on HTTPS there.',
    retried: 'yes',
  },
  blocked_address: {
    sentence: 'This address points into a private network. We never send there.',
    who: 'admin',
    whatToDo: 'Use a public address, or point its name at one.',
    retried: 'yes',
  },
  webhook_off: {
    sentence: 'The webhook was off when this happened.',
    who: 'admin',
    whatToDo: 'Turn the webhook on, then resend.',
    retried: 'ended',
  },
  rejected: {
    sentence: 'They rejected the message.',
    who: 'developer',
    whatToDo: 'Look at their answer. It often says why.',
    retried: 'yes',
  },
  bad_answer: {
    sentence: 'Their server sent a reply we could not read.',
    who: 'developer',
    whatToDo: 'Check their server and any proxy or firewall.',
    retried: 'yes',
  },
  interrupted: {
    sentence: 'We restarted while sending this.',
    who: 'bpoc',
    whatToDo: 'Nothing to do. We try again.',
    retried: 'not_counted',
  },
  cancelled: {
    sentence: 'Someone cancelled this delivery.',
    who: 'none',
    whatToDo: 'Nothing more is sent.',
    retried: 'ended',
  },
  webhook_deleted: {
    sentence: 'The webhook was deleted.',
    who: 'none',
    whatToDo: 'Nothing more is sent.',
    retried: 'ended',
  },
  erased: {
    sentence: 'The candidate’s data was erased.',
    who: 'none',
    whatToDo: 'Nothing more is sent.',
    retried: 'ended',
  },
  message_refused: {
    sentence: 'They rejected the format of our message.',
    who: 'bpoc',
    whatToDo: 'We are looking into it. Other messages still go out.',
    retried: 'no',
  },
  target_gone: {
    sentence: 'The channel, space, script or mailbox no longer exists.',
    who: 'admin',
    whatToDo: 'We turned the webhook off. Enter a new address in Settings, then turn it on.',
    retried: 'no',
  },
  wrong_key: {
    sentence: 'The key in the script does not match the key in the address.',
    who: 'admin',
    whatToDo:
      'The address in Settings has to end with ?key= and the word after KEY in the script. Correct one of them. A ' +
      'changed script has to be deployed again as a new version. Then resend.',
    retried: 'yes',
  },
  script_error: {
    sentence: 'The script stopped with an error.',
    who: 'admin',
    whatToDo: 'Look at its answer. If you changed the script, copy ours again, deploy it, then resend.',
    retried: 'yes',
  },
  mail_refused: {
    sentence: 'Their mail server refused the email.',
    who: 'admin',
    whatToDo: 'See its answer below. Ask the recipients to let our emails in.',
    retried: 'no',
  },
  mail_deferred: {
    sentence: 'Their mail server asked us to try again later.',
    who: 'admin',
    whatToDo: 'Most servers accept the email on the next try. If not, ask the recipients to let our emails in.',
    retried: 'yes',
  },
  mail_server: {
    sentence: 'Our mail server did not accept the email.',
    who: 'bpoc',
    whatToDo: 'We try again as soon as it works.',
    retried: 'not_counted',
  },
  mail_limit: {
    sentence: 'Your agency has reached its hourly limit of emails.',
    who: 'none',
    whatToDo: 'The rest will go out in the next hour. If this happens often, choose fewer events.',
    retried: 'not_counted',
  },
  no_recipients: {
    sentence: 'No recipient has confirmed yet.',
    who: 'admin',
    whatToDo: 'Ask them to press the button in the email they got. Then resend this.',
    retried: 'no',
  },
  our_fault: {
    sentence: 'Something went wrong on our side.',
    who: 'bpoc',
    whatToDo: 'Nothing to do. We are on it, and will try again.',
    retried: 'yes',
  },
};

/** Who has to act, with the webhook's name where it helps. */
export const whoWords: Record<Who, (webhookName: string) => string> = {
  developer: (name) => `The developer of ${name} can fix this.`,
  admin: () => 'You or another admin can fix this.',
  bpoc: () => 'We are fixing this.',
  none: () => 'No action needed.',
};

interface StatusWords {
  word: string;
  meaning: string;
}

export const deliveryStatuses: Record<DeliveryStatus, StatusWords> = {
  delivered: { word: 'Delivered', meaning: 'Delivered.' },
  retrying: { word: 'Retrying', meaning: 'A try failed. We try again automatically.' },
  failed: { word: 'Failed', meaning: 'All tries are used up. You can resend it.' },
  waiting: { word: 'Waiting', meaning: 'It has not been sent yet.' },
  skipped: { word: 'Skipped', meaning: 'The webhook was off. You can resend it.' },
  cancelled: { word: 'Cancelled', meaning: 'It was stopped. Nothing more is sent.' },
};

export const healthWords: Record<Health, StatusWords> = {
  new: { word: 'New', meaning: 'Nothing has been sent yet.' },
  healthy: { word: 'Healthy', meaning: 'No failures in the last 24 hours.' },
  some_problems: { word: 'Some problems', meaning: 'At least one try failed in the last 24 hours.' },
  slowed_down: { word: 'Slowed down', meaning: 'Their server asked us to wait. This does not count as a try.' },
  failing: { word: 'Failing', meaning: 'The last 5 tries all failed.' },
  paused: {
    word: 'Paused',
    meaning: 'It failed too often. New events wait while we test the address from time to time.',
  },
  off: { word: 'Off', meaning: 'Nothing is sent. New events are marked Skipped.' },
};

/** Why we turned it off, after "because". */
export const offBecause: Record<Exclude<OffReason, 'person'>, string> = {
  gone: 'their server asked us to stop sending (410)',
  target_gone: 'the channel, space, script or mailbox no longer exists',
  failing_5_days: 'it kept failing for 5 days',
  session_ended: 'the program that listened to it has ended',
};

export const roleWords: Record<Role, string> = { viewer: 'Viewer', member: 'Member', admin: 'Admin', owner: 'Owner' };

export function adminsLine(admins: readonly string[]): string {
  return admins.length > 0 ? `Your admins: ${admins.join(', ')}.` : '';
}

/** Why a control is shown but disabled. `admins` are the people who can use it. */
export function onlyAdmins(action: string, admins: readonly string[]): string {
  return admins.length > 0
    ? `Only admins can ${action}. Your admins: ${admins.join(', ')}.`
    : `Only admins can ${action}.`;
}

export function onlyMembers(action: string, admins: readonly string[]): string {
  return admins.length > 0
    ? `Viewers cannot ${action}. Ask an admin: ${admins.join(', ')}.`
    : `Viewers cannot ${action}. Ask an admin.`;
}

export function onlyOwners(action: string): string {
  return `Only owners can ${action}. Ask an owner of your agency.`;
}
