/** The words of forms and choices. Separate from `copy.ts`, because the first screen has none. */
import type { DigestChoice, InboxMessage, RetryPlan, Role } from './api/types';
import type { Retried, Who } from './copy';
import type { NoTree } from './lib/json-tree';

/** What each role adds to the previous one. */
export const roleMeanings: Record<Role, string> = {
  viewer: 'Sees webhooks, deliveries and why they failed.',
  member: 'Also reads messages, sends tests and resends.',
  admin: 'Also adds and changes webhooks, secrets and keys.',
  owner: 'Also invites people and gives roles.',
};

interface RetryPlanWords {
  name: string;
  /** The wait before each try after the first. */
  waits: readonly string[];
  lasts: string;
}

export const retryPlans: Record<RetryPlan, RetryPlanWords> = {
  standard: { name: 'Standard', waits: ['1 min', '5 min', '30 min'], lasts: 'about 36 minutes' },
  day: {
    name: 'One day',
    waits: ['1 min', '5 min', '30 min', '2 h', '5 h', '10 h', '10 h'],
    lasts: 'a bit over a day',
  },
  three_days: {
    name: 'Three days',
    waits: ['1 min', '5 min', '30 min', '2 h', '6 h', '12 h', '24 h', '28 h'],
    lasts: 'three days',
  },
};

/** Errors of fields. Server codes with the same meaning are mapped to these. */
export const fieldWords = {
  urlEmpty: 'Enter the web address your developer gave you.',
  urlBroken: 'This is not a web address. It looks like https://example.com/hooks.',
  urlNotSecure: 'Use an address that starts with https:// so the data is safe.',
  urlLogin: 'Remove the name and password from the address.',
  headerNameEmpty: 'Enter the name of the header.',
  headerValueEmpty: 'Enter its value.',
  headerTwice: 'You already added this header.',
  recipientsEmpty: 'Enter at least one email address.',
  eventsEmpty: 'Choose at least one event.',
  emailEmpty: 'Enter your email address.',
  inviteEmailEmpty: 'Enter their email address.',
  passwordEmpty: 'Enter your password.',
  passwordShort: 'Use at least 12 characters.',
  passwordsDiffer: 'The passwords do not match.',
} as const;

/** Shown with a new address on another server. */
export const HEADERS_GO = 'This is a different server, so we delete the extra headers. You can enter them again.';

/** The verdict on a message in a test inbox: whether it came from us. */
export const signatureWords: Record<InboxMessage['signature'], { word: string; meaning: string }> = {
  valid: {
    word: 'Valid signature',
    meaning: 'BPOC signed it with the secret of this webhook, and it was not changed.',
  },
  invalid: {
    word: 'Invalid signature',
    meaning: 'It was signed with another secret, or changed on the way. A receiver should reject it.',
  },
  unknown: {
    word: 'Not signed',
    meaning: 'Anyone who knows the address could have sent it. A receiver should reject it.',
  },
};

/** Why a message has no tree. */
export const noTreeWords: Record<NoTree, string> = {
  number_changed: 'Shown as text, as a tree would round a long number.',
  key_twice: 'Shown as text, as a tree would drop a key that appears twice.',
  too_much: 'Shown as text, as it is too long for a tree.',
};

/** What the version of an event is. */
export function eventVersion(version: number): string {
  return version === 1
    ? 'This is version 1, the first one.'
    : `This is version ${version}. It has more fields than version ${version - 1}.`;
}

/** What a version means for receivers of the event. */
export const eventVersionWords = {
  next:
    'A new version only adds fields. Fields are never removed or renamed, and keep their meaning. ' +
    'Let your code ignore fields that it does not know, and it will keep working.',
  inMessages: 'Messages do not include the version.',
  schema: 'The JSON Schema below lists the fields of this version only. Use it in tests, not to reject messages.',
};

export const digestWords: Record<DigestChoice, { label: string; when: string }> = {
  off: { label: 'Never', when: 'Alerts about a webhook that fails still come.' },
  weekly: { label: 'Weekly', when: 'On Mondays at 6:00 UTC.' },
  daily: { label: 'Daily', when: 'At 6:00 UTC.' },
};

/** The same as a column heading's word, for tables of many reasons. */
export const whoShort: Record<Who, string> = {
  developer: 'Fixed by their developer',
  admin: 'Fixed by an admin here',
  bpoc: 'We fix it',
  none: 'No action needed',
};

export const retriedWords: Record<Retried, string> = {
  yes: 'We try again automatically.',
  when_they_asked: 'We try again at the time they asked for.',
  not_counted: 'We try again; this does not count as a try.',
  no: 'We do not try again.',
  ended: 'No more tries.',
};
