import { describe, expect, it } from '@jest/globals';
import { MailFailure, type RefusedBy } from '../../../outbound/mailer.js';
import { endsAddress, isTooLarge, mailOutcome, type MailResult } from './mail-outcome.js';

const mail = (outcome: MailResult['outcome'], by: RefusedBy | null = null): MailResult => {
  return { email: 'a@b.example', outcome, by, smtpCode: null, answer: null };
};
const ACCEPTED = mail('accepted');
const REFUSED = mail('refused', 'recipient');
const PUT_OFF = mail('deferred', 'recipient');
const AWAY = mail('deferred', 'server');

describe('the mails of an attempt', () => {
  const cases: [MailResult[], left: boolean, string][] = [
    [[ACCEPTED, REFUSED, PUT_OFF, AWAY], true, 'ok'],
    [[REFUSED, PUT_OFF], true, 'mail_deferred retry'],
    [[AWAY, PUT_OFF], true, 'mail_deferred retry'],
    [[AWAY, REFUSED], true, 'mail_server hold'],
    [[REFUSED, REFUSED], true, 'mail_refused final'],
    [[REFUSED], false, 'target_gone switch_off'],
  ];
  it.each(cases)('come to one outcome: %j, %s', (results, left, expected) => {
    const outcome = mailOutcome(results, left, 5);
    expect(outcome.kind === 'failed' ? `${outcome.reason} ${outcome.after}` : outcome.reason).toBe(expected);
  });
});

describe('a refusal', () => {
  const cases: [answer: string | null, by: RefusedBy, ends: boolean][] = [
    ['550 5.1.1 no such user', 'recipient', true],
    ['550 5.2.1 mailbox disabled', 'recipient', true],
    ['550 no such user', 'recipient', true],
    ['552 5.2.2 mailbox full', 'recipient', false],
    ['552 full, or too large', 'recipient', false],
    ['550 5.7.1 you are on a list', 'recipient', false],
    ['554 5.1.1 no such user', 'message', false],
    ['450 4.1.1 try later', 'recipient', false],
  ];
  it.each(cases)('%s by the %s ends the address: %s', (answer, by, ends) => {
    const code = Number.parseInt(answer ?? '', 10);
    expect(endsAddress(new MailFailure('', code >= 500, by, code, answer))).toBe(ends);
  });
});

it.each([
  ['552 5.3.4 message too big', true],
  ['552 message size exceeds the limit', true],
  ['550 5.2.3 too long for this mailbox', true],
  ['552 5.2.2 mailbox full', false],
  ['452 4.3.1 no room', false],
])('%s speaks of the size: %s', (answer, tooLarge) => {
  const code = Number.parseInt(answer, 10);
  expect(isTooLarge(new MailFailure('', code >= 500, 'message', code, answer))).toBe(tooLarge);
});
