import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { FIELDS } from './catalogue.gen.js';
import { eventErrors } from './event-errors.js';

interface Description {
  webhooks: Record<string, { post: { requestBody: { content: { 'application/json': { example: Example } } } } }>;
}

interface Example {
  data: Record<string, unknown>;
}

const openapi = new URL('../../server/openapi.json', import.meta.url);
const { webhooks } = JSON.parse(readFileSync(openapi, 'utf8')) as Description;
const types = Object.keys(FIELDS);
const agencyId = '0190f3c6-7c1e-7b3a-9d52-3f0a4c6b8e21';

const dataOf = (type: string) => webhooks[type]!.post.requestBody.content['application/json'].example.data;
const fieldsOf = (event: Record<string, unknown>) => eventErrors(event).map(({ field, code }) => `${field} ${code}`);

describe('the check of an event', () => {
  it.each(types)('accepts the example of %s, and reports each missing required field', (type) => {
    const data = dataOf(type);
    expect(fieldsOf({ type, agencyId, data })).toEqual([]);
    for (const [name, { required }] of Object.entries(FIELDS[type as keyof typeof FIELDS])) {
      const { [name]: _left, ...rest } = data;
      expect(fieldsOf({ type, agencyId, data: rest })).toEqual(required ? [`data.${name} missing`] : []);
      expect(fieldsOf({ type, agencyId, data: { ...data, [name]: null } })).toEqual([`data.${name} invalid`]);
    }
  });

  it('names what is wrong around the data', () => {
    const data = dataOf('offer.sent');
    const whole = { id: 'x', type: 'offer.sent', agencyId, occurredAt: '2026-01-22T10:30:00Z', data };
    expect(fieldsOf(whole)).toEqual([]);
    expect(fieldsOf({ ...whole, agencyId: 'a' })).toEqual(['agencyId unknown_agency']);
    expect(fieldsOf({ ...whole, type: 'toString' })).toEqual(['type unknown_event_type']);
    expect(fieldsOf({ ...whole, id: '' })).toEqual(['id invalid']);
    expect(fieldsOf({ ...whole, occurredAt: '2026-02-30T10:30:00Z' })).toEqual(['occurredAt invalid']);
    expect(fieldsOf({ ...whole, more: 1 })).toEqual(['more unknown_field']);
    expect(fieldsOf({ ...whole, data: [] })).toEqual(['data not_an_object']);
    expect(fieldsOf({ ...whole, data: { ...data, more: 1 } })).toEqual(['data.more unknown_field']);
  });

  it('refuses a message of more than 256 KiB', () => {
    const long = (letters: number) => ({ ...dataOf('application.created'), jobTitle: 'é'.repeat(letters) });
    const check = (letters: number) => fieldsOf({ type: 'application.created', agencyId, data: long(letters) });
    expect(check(130_000)).toEqual([]);
    expect(check(132_000)).toEqual(['data event_too_large']);
  });
});
