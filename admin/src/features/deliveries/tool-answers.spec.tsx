import { expect, it } from '@jest/globals';
import { render } from '@testing-library/react';
import type { DeliveryDetail } from '../../api/types';
import { failedDelivery } from '../../test/samples';
import { StatusNote } from './list/status-note';
import { verdictOf } from './one/verdict';

/* Every documented answer of a tool: the log and the drawer attribute it to the tool by name. */

interface Case {
  kind: DeliveryDetail['webhook']['kind'];
  url?: string;
  status: number | null;
  reason: NonNullable<DeliveryDetail['reason']>;
  answer?: string;
  /** What the drawer says, which knows the answer. */
  says: string;
  /** What the log says, if that is another sentence. */
  log?: string;
}

const HIDDEN = 'https://tool.example/…abcd';
const GONE = 'The Slack channel or its address is no longer there.';
const slack = { kind: 'slack', reason: 'target_gone' } as const;

const CASES: Case[] = [
  { ...slack, status: 410, answer: 'channel_is_archived', says: 'The Slack channel was archived.', log: GONE },
  { ...slack, status: 404, answer: 'channel_not_found', says: 'The Slack channel is no longer there.', log: GONE },
  {
    ...slack,
    status: 404,
    answer: 'no_service',
    says: 'The app was removed from Slack, or turned off there.',
    log: GONE,
  },
  { ...slack, status: 403, answer: 'team_disabled', says: 'The Slack workspace was closed.', log: GONE },
  {
    ...{ kind: 'slack', reason: 'not_allowed', status: 403, answer: 'action_prohibited' },
    says: 'Slack does not let us post in this channel.',
  },
  {
    ...{ kind: 'slack', reason: 'message_refused', status: 400, answer: 'invalid_blocks' },
    says: 'Slack did not accept the form of this message.',
  },
  { kind: 'slack', reason: 'rate_limited', status: 429, says: 'Slack asked us to slow down.' },
  { kind: 'slack', reason: 'server_error', status: 500, says: 'Slack has a problem at the moment.' },
  {
    ...{ kind: 'teams', reason: 'target_gone', status: 404 },
    says: 'The workflow in Microsoft Teams was deleted or turned off.',
  },
  {
    ...{ kind: 'teams', reason: 'blocked_address', status: null, url: 'https://x.webhook.office.com/…abcd' },
    says: 'Microsoft Teams has retired addresses of this kind.',
  },
  { kind: 'teams', reason: 'too_large', status: 413, says: 'The message was too long for Microsoft Teams.' },
  { kind: 'teams', reason: 'rate_limited', status: 429, says: 'Microsoft Teams asked us to slow down.' },
  ...[403, 404].map((status): Case => ({
    ...{ kind: 'google_chat', reason: 'target_gone', status },
    says: 'The Google Chat space or its webhook is no longer there.',
  })),
  { kind: 'google_chat', reason: 'timeout', status: null, says: 'Google Chat took too long to answer.' },
  {
    ...{ kind: 'google_sheets', reason: 'not_allowed', status: 302 },
    says: 'Google Sheets asks us to sign in, because the script is not open to “Anyone”.',
  },
  {
    ...{ kind: 'google_sheets', reason: 'target_gone', status: 404 },
    says: 'The script of Google Sheets is no longer there.',
  },
  {
    ...{ kind: 'google_sheets', reason: 'wrong_key', status: 200, answer: '{"ok":false,"error":"wrong_key"}' },
    says: 'The key in the script does not match the key in the address.',
  },
  {
    ...{ kind: 'google_sheets', reason: 'script_error', status: 200, answer: 'Error TypeError: x is not a function' },
    says: 'The script stopped with an error.',
  },
  ...(
    [
      ['{"ok":false,"error":"no_sheet"}', 'The script does not belong to a sheet.'],
      ['Error Script function not found: doPost', 'The script lacks the part that takes messages.'],
      ['Exception: You do not have permission to call …', 'The script may not write to the sheet.'],
      ['Exception: Service invoked too many times for one day', 'The script has reached a daily limit of Google.'],
    ] as const
  ).map(([answer, says]): Case => ({
    ...{ kind: 'google_sheets', reason: 'script_error', status: 200, answer, says },
    log: 'The script stopped with an error.',
  })),
  { kind: 'email', reason: 'mail_deferred', status: null, says: 'Their mail server asked us to try again later.' },
  { kind: 'email', reason: 'mail_refused', status: null, says: 'Their mail server refused the email.' },
  {
    ...{ kind: 'email', reason: 'target_gone', status: null },
    says: 'None of the email addresses accepts our emails any more.',
  },
  {
    ...{ kind: 'endpoint', reason: 'gone', status: 410, url: 'https://hook.eu1.make.com/abc' },
    says: 'No scenario in Make takes messages at this address.',
  },
  {
    ...{ kind: 'endpoint', reason: 'not_found', status: 404, url: 'https://n8n.agency.example/webhook-test/1' },
    says: 'This is the test address of n8n, which listens for two minutes only.',
  },
];

const deliveryOf = ({ kind, url, status, reason, answer }: Case, n: number): DeliveryDetail => {
  const sample = failedDelivery();
  const attempt = { ...sample.timeline[0]!, reason, response_status: status };
  return {
    ...sample,
    id: `d${n}`,
    webhook: { ...sample.webhook, kind, url: kind === 'email' ? null : (url ?? HIDDEN), description: `Place ${n}` },
    reason,
    response_status: status,
    attempts: 1,
    timeline: [attempt],
    answers: answer ? [{ n: 1, text: answer }] : [],
  };
};

it.each(CASES.map((one, n) => [one.says, one, n] as const))('%s', (_name, one, n) => {
  const delivery = deliveryOf(one, n);
  const { container } = render(<StatusNote delivery={delivery} plan={undefined} />);
  expect(container.textContent).toBe(one.log ?? one.says);
  const { sentence, advice } = verdictOf(delivery, undefined);
  expect(sentence).toBe(one.says);
  expect(advice.join(' ')).not.toContain('developer');
});

it('says that a card that Teams accepted appears a moment later', () => {
  const one: Case = { kind: 'teams', status: 202, reason: 'ok', says: '' };
  const delivery = deliveryOf(one, 0);
  const timeline = delivery.timeline.map((attempt) => ({ ...attempt, outcome: 'succeeded' as const }));
  const { advice } = verdictOf({ ...delivery, status: 'delivered', timeline }, undefined);
  expect(advice).toEqual(['Teams has taken it over. The card appears in the channel a moment later.']);
});
