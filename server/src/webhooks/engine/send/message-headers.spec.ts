import { expect, it } from '@jest/globals';
import { messageHeaders } from './message-headers.js';
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
  held: null,
  token: 't',
};
const current = { ...signingKeys(`whsec_${Buffer.alloc(32).toString('base64')}`), last4: 'AAA=' };

/** Every `accept` header of a message of a webhook with these custom headers. */
function acceptOf(headers: Record<string, string>): string[] {
  const config = {
    tool: null,
    url: 'https://hooks.example/',
    retryPlan: 'standard' as const,
    headers,
    current,
    previous: null,
  };
  const { sent } = messageHeaders(delivery, config, 0);
  return Object.entries(sent).flatMap(([name, value]) => (name.toLowerCase() === 'accept' ? [value] : []));
}

it('a message accepts any response type, unless the custom headers name some', () => {
  expect(acceptOf({})).toEqual(['*/*']);
  expect(acceptOf({ 'X-Key': 'k' })).toEqual(['*/*']);
  expect(acceptOf({ Accept: 'application/json' })).toEqual(['application/json']);
});
