import { expect, it } from '@jest/globals';
import { describedHeaders, messageHeaders, RELEASE } from './message-headers.js';
import { signingKeys } from './signing.js';

const delivery = {
  deliveryId: 'd',
  agencyId: 'a',
  webhookId: 'w',
  version: 1,
  eventId: 'e',
  eventType: 'offer.sent',
  body: '{}',
  test: false,
  attempt: 1,
  failures: 0,
  interruptions: 0,
  logged: false,
  held: null,
  turn: null,
  group: null,
  token: 't',
};
const current = signingKeys(`whsec_${Buffer.alloc(32).toString('base64')}`);

const CONFIG = {
  tool: null,
  version: 1,
  url: 'https://hooks.example/',
  retryPlan: 'standard' as const,
  current,
  previous: null,
};

/** Every `accept` header of a message of a webhook with these custom headers. */
function acceptOf(headers: Record<string, string>): string[] {
  const headerNames = Object.keys(headers);
  const config = { ...CONFIG, headers, headerNames };
  const { sent } = messageHeaders(delivery, config, 0);
  return Object.entries(sent).flatMap(([name, value]) => (name.toLowerCase() === 'accept' ? [value] : []));
}

it('a message accepts any response type, unless the custom headers name some', () => {
  expect(acceptOf({})).toEqual(['*/*']);
  expect(acceptOf({ 'X-Key': 'k' })).toEqual(['*/*']);
  expect(acceptOf({ Accept: 'application/json' })).toEqual(['application/json']);
});

it('the log describes the headers that were sent, without secrets', () => {
  const headers = { 'X-Key': 'secret', Accept: 'application/json' };
  const headerNames = Object.keys(headers);
  const { sent, signedAt, signatures } = messageHeaders(
    { ...delivery, attempt: 3, test: true },
    { ...CONFIG, headers, headerNames, previous: { ...current, untilMs: 2_000_000, switched: true } },
    1_234_567,
  );
  const kept = { n: 3, release: RELEASE, signed_at: signedAt, signatures, kind: 'endpoint' as const };
  const described = describedHeaders({ ...delivery, test: true }, kept, headerNames);
  const masked = (value: string) => value.replaceAll(/(v1,|sha256=)\S+/g, '$1…');
  expect(described).toEqual({
    ...Object.fromEntries(Object.entries(sent).map(([name, value]) => [name, masked(value)])),
    'X-Key': '…',
    Accept: '…',
  });
  expect(described).toMatchObject({ 'webhook-timestamp': '1234', 'webhook-signature': 'v1,… v1,…' });
});
