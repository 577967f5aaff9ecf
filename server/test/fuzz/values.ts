import * as fc from 'fast-check';
import { longValues, oddNumbers } from './hostile.js';
import { DOCUMENT, resolve, type Schema } from './api-document.js';

/* Values that a schema allows, and values that must not break any field. */

/** Placeholders by field name, filled in from the test's world: without real ids few requests would get a 2xx. */
const KNOWN: Record<string, string> = {
  webhook_id: '@webhooks',
  plan_id: '@recoveries',
  agencyId: '@agency',
  current_password: '@password',
  url: '@url',
};

/** A valid value for a field of that name. */
export function valid(given: Schema, name = ''): fc.Arbitrary<unknown> {
  const schema = resolve(given);
  const known = KNOWN[name];
  const made = bySchema(schema, name);
  if (known !== undefined)
    return fc.oneof({ weight: 4, arbitrary: fc.constant(known) }, { weight: 1, arbitrary: made });
  if (schema.example === undefined) return made;
  return fc.oneof({ weight: 2, arbitrary: fc.constant(schema.example) }, { weight: 1, arbitrary: made });
}

function bySchema(schema: Schema, name: string): fc.Arbitrary<unknown> {
  const choices = schema.oneOf ?? schema.anyOf;
  if (choices) return fc.oneof(...choices.map((one) => valid(one, name)));
  if (schema.allOf) return fc.tuple(...schema.allOf.map((one) => valid(one, name))).map(merged);
  if (schema.enum) return fc.constantFrom(...schema.enum);
  const types = [schema.type ?? 'object'].flat();
  return fc.oneof(...types.map((type) => ofType(type, schema)));
}

const merged = (parts: unknown[]): unknown =>
  parts.length === 1 ? parts[0] : Object.assign({}, ...(parts as object[]));

function ofType(type: string, schema: Schema): fc.Arbitrary<unknown> {
  const { minimum = 0, maximum = 1000, minLength = 0, maxLength = 60, minItems = 0, maxItems = 3 } = schema;
  if (type === 'null') return fc.constant(null);
  if (type === 'boolean') return fc.boolean();
  if (type === 'integer') return fc.integer({ min: minimum, max: maximum });
  if (type === 'number') return fc.oneof(fc.integer({ min: minimum, max: maximum }), fc.constant(minimum + 0.5));
  if (type === 'array')
    return fc.array(valid(schema.items ?? {}), { minLength: minItems, maxLength: Math.min(maxItems, 4) });
  if (type === 'string') return text(schema.format, minLength, Math.min(maxLength, 300));
  if (schema.properties) return object(schema, schema.properties);
  const values = typeof schema.additionalProperties === 'object' ? schema.additionalProperties : { type: 'string' };
  return fc.dictionary(fc.string({ minLength: 1, maxLength: 12 }), valid(values), { maxKeys: 3 });
}

function object(schema: Schema, properties: Record<string, Schema>): fc.Arbitrary<unknown> {
  const parts = Object.fromEntries(Object.entries(properties).map(([name, one]) => [name, valid(one, name)]));
  const made = fc.record(parts, { requiredKeys: schema.required ?? [] });
  if (properties['agencyId'] && properties['data']) return fc.oneof(publishable(), made);
  if (properties['email'] && properties['password'])
    return fc.oneof(fc.constant({ email: '@email', password: '@password' }), made);
  if (properties['kind'] && properties['recipients']) return fc.oneof(made.map(endpoint), made);
  return made;
}

/** Without fields of other kinds, because few combinations are valid. */
const endpoint = ({ kind: _kind, style: _style, recipients: _recipients, ...webhook }: Record<string, unknown>) => ({
  url: '@url',
  ...webhook,
});

/** Events of the catalogue with their example data: the schema does not relate data to the type. */
function publishable(): fc.Arbitrary<unknown> {
  const events = Object.entries(DOCUMENT.webhooks).map(([type, { post }]) => ({
    type,
    agencyId: '@agency',
    data: post.requestBody.content['application/json']!.example.data,
  }));
  const id = fc.option(fc.string({ minLength: 1, maxLength: 128, unit: 'grapheme-ascii' }), { nil: undefined });
  return fc
    .tuple(fc.constantFrom(...events), id)
    .map(([event, key]) => (key === undefined ? event : { ...event, id: key }));
}

function text(format: string | undefined, minLength: number, maxLength: number): fc.Arbitrary<string> {
  if (format === 'uuid') return fc.uuid();
  if (format === 'date-time')
    return fc.date({ min: new Date(0), max: new Date('9999-12-31'), noInvalidDate: true }).map((d) => d.toISOString());
  if (format === 'email')
    return fc.tuple(fc.uuid(), fc.emailAddress()).map(([id, mail]) => `${id.slice(0, 8)}${mail.slice(-40)}`);
  if (format === 'uri') return fc.webUrl();
  return fc.string({ minLength, maxLength, unit: 'grapheme' });
}

/** Unexpected values: each must be either rejected with a field error or accepted unchanged. */
export const nasty: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    true,
    false,
    0,
    -0,
    -1,
    1.5,
    2 ** 31,
    2 ** 53,
    -(2 ** 63),
    1e308,
    '',
    ' ',
    '\u0000',
    'a\u0000b',
    '\uFEFF',
    '\uD800',
    '\uDFFF\uD800',
    '\u202Eevil',
    'ü'.repeat(3000),
    'x'.repeat(70_000),
    '💣'.repeat(200),
    'line\r\nbreak: yes',
    "'; drop table webhooks; --",
    '%00',
    '../../etc/passwd',
    '__proto__',
    'constructor',
    '${7*7}',
    'NaN',
    'Infinity',
    '1e999',
    '9'.repeat(400),
    '-1',
    '0x10',
    'undefined',
    'null',
    '275760-09-13T00:00:00.001Z',
    '+275760-09-13T00:00:00.000Z',
    '-000001-01-01T00:00:00Z',
    '0000-01-01T00:00:00Z',
    '2026-02-30T00:00:00Z',
    '2026-01-01T24:00:00Z',
    '2016-12-31T23:59:60Z',
    'http://127.0.0.1',
    'https://[::1]/',
    'https://x@y.example/',
    'javascript:alert(1)',
    [],
    {},
    [[]],
    [null],
    [{}],
    ['a', 1, null],
    { length: -1 },
    { toString: 'x' },
    { then: 1 },
    { constructor: { prototype: {} } },
    Array.from({ length: 2000 }, () => 'x'),
    Object.fromEntries(Array.from({ length: 300 }, (_, n) => [`k${n}`, n])),
    'half \uD83D',
    { '\uDC00': 'x' },
    ...longValues,
    ...oddNumbers,
  ),
  fc.string({ unit: 'binary', maxLength: 50 }),
  fc.jsonValue(),
);
