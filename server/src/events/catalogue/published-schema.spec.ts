import 'reflect-metadata';
import { describe, expect, it } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import fc from 'fast-check';
import { parseDomainEvent } from '../publishable-event.js';
import { dataSchema, EVENT_DEFINITIONS, exampleData, type EventDefinition } from './catalogue.js';

const ajv = new Ajv2020();
addFormats.default(ajv);

const words = (text: string) => text.trim().split(/\s+/);

/** Values that validators commonly get wrong, each tried in every field of every event. */
const CORPUS: unknown[] = [
  ...words(`
    2026-01-22T10:30:00Z 2026-01-22T10:30:00.5Z 2026-01-22T10:30:00.123456789012Z 2026-01-22T10:30:00+00:00
    2026-01-22T10:30:00-00:00 2026-01-22T10:30:00+08:00 2024-02-29T00:00:00Z 2026-02-29T00:00:00Z 2026-02-30T10:00:00Z
    2026-04-31T10:00:00Z 2026-13-01T10:00:00Z 2026-00-10T10:00:00Z 2026-W04-7T14:00:00Z 2026-022T10:00:00Z
    20260122T103000Z 2026-01-22t10:30:00z 2026-01-22T10:30Z 2026-01-22T10:30:00 2026-01-22T24:00:00Z
    2016-12-31T23:59:60Z 2026-01-22T10:60:00Z +002026-01-22T10:30:00Z 0000-01-01T00:00:00Z 9999-12-31T23:59:59Z
    10000-01-01T00:00:00Z ٢٠٢٦-01-22T10:30:00Z
    2026-02-01 2026-02-30 2024-02-29 2026-2-1 2026-W04 2026-02 soon`),
  ...['2026-01-22 10:30:00Z', '2026-01-22T10:30:00Z\n', 'Sun, 01 Feb 2026 00:00:00 GMT'],
  ...words(`
    https://rec_1.example.com/a https://a.example./x https://bücher.example/ü?q=[1] HTTPS://X/ http://[::1]:8080/
    https://u:p@x/ https://a:65535/ https://a:65536/ https://a:/ https://a:00080/#f https://1.2.3.4/
    https://a"{}\`*.example/ https://[zz]/ https://a^b/ https://a|b/ https:// https://?x https:x https:///x
    https://x/# ftp://x/y javascript:alert(1)`),
  ...['https://x/a b', 'https://a b/', ' https://x/', 'https://x/\n'],
  ...['https://x/'.padEnd(8192, 'a'), 'https://x/'.padEnd(8193, 'a'), `https://x/${'🎉'.repeat(8182)}`],
  ...['', ' ', 'a', 'x'.repeat(128), 'x'.repeat(129), '🎉'.repeat(128), '🎉'.repeat(129), `${'x'.repeat(128)}\ufe0f`],
  ...['a\u0000', 'a\u007f', 'a\u0085', 'a\tb', '\u202e', '__proto__'],
  ...[0, -0, -1, 1.5, 5e-324, 2 ** 53 - 1, 2 ** 53, 1e21, 1e308],
  ...['5', true, false, null, [], {}, ['a'], [5], { length: 3 }],
];

const agencyId = '018f3c2e-7b1a-7c3d-9e4f-0123456789ab';

/** Whether the server accepts the example of a type with these fields changed. */
function accepts(type: string, changed: object): boolean {
  const data = { ...exampleData(EVENT_DEFINITIONS.find((one) => one.type === type)!), ...changed };
  return parseDomainEvent({ type, agencyId, data }, 0).event !== undefined;
}

/** Validates event data against both the schema and the server. */
function verdicts(definition: EventDefinition) {
  const valid = ajv.compile(dataSchema(definition));
  return (data: object) => ({
    schema: valid(data),
    server: parseDomainEvent({ type: definition.type, agencyId, data }, 0).event !== undefined,
  });
}

describe.each(EVENT_DEFINITIONS.map((definition) => [definition.type, definition] as const))(
  'the published schema of %s',
  (_type, definition) => {
    const ask = verdicts(definition);
    const example = exampleData(definition);

    it.each(definition.fields.map(({ name }) => name))('accepts the same values in %s as the server', (name) => {
      const differing = CORPUS.filter((value) => {
        const { schema, server } = ask({ ...example, [name]: value });
        return schema !== server;
      });
      expect(differing).toEqual([]);
    });

    it('accepts the same arbitrary values as the server', () => {
      const text = fc.oneof(
        fc.string({ unit: 'grapheme', maxLength: 20 }),
        fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
        fc.webUrl({ withQueryParameters: true, withFragments: true }),
        fc.stringMatching(/^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}:\d{2}(\.\d{1,3})?(Z|[+-]\d{2}:\d{2}))?$/),
      );
      const value = fc.oneof(text, fc.integer(), fc.double(), fc.constant(null));
      const name = fc.constantFrom(...definition.fields.map((field) => field.name), 'other');
      fc.assert(
        fc.property(name, value, (field, changed) => {
          const { schema, server } = ask({ ...example, [field]: changed });
          expect(server).toBe(schema);
        }),
        { numRuns: 300 },
      );
    });

    it('requires the same fields', () => {
      for (const { name } of definition.fields) {
        const { [name]: _left, ...rest } = example;
        const { schema, server } = ask(rest);
        expect([name, server]).toEqual([name, schema]);
      }
    });
  },
);

it.each([
  ['interview.scheduled', 'scheduledAt', '2026-01-25T14:00:00.250Z', true],
  ['interview.scheduled', 'scheduledAt', '2026-02-30T14:00:00Z', false],
  ['interview.scheduled', 'scheduledAt', '2026-W04-7T14:00:00Z', false],
  ['placement.created', 'startDate', '2026-02-01T09:00:00Z', true],
  ['placement.created', 'startDate', '2026-02-30', false],
  ['video.recording.ready', 'recordingUrl', 'https://rec_1.s3.example.com./a?key=%41', true],
  ['video.recording.ready', 'recordingUrl', 'https://256.1.1.1/', false],
])('%s: %s accepts %j: %s', (type, field, value, accepted) => {
  expect(accepts(type, { [field]: value })).toBe(accepted);
});

it('a URL may be up to 8 KiB long', () => {
  const recordingUrl = 'https://x.example/'.padEnd(8192, 'a');
  expect(accepts('video.recording.ready', { recordingUrl })).toBe(true);
  expect(accepts('video.recording.ready', { recordingUrl: `${recordingUrl}a` })).toBe(false);
});

it.each(['\ud800', 'a\udc00', '\udfff\ud800'])(
  'a lone surrogate is not allowed in an id, which no pattern can express: %j',
  (half) => {
    expect(accepts('offer.sent', { offerId: half })).toBe(false);
  },
);

it('an event that occurred on 30 February is rejected', () => {
  const [definition] = EVENT_DEFINITIONS;
  const event = {
    type: definition!.type,
    agencyId,
    data: exampleData(definition!),
    occurredAt: '2026-02-30T10:00:00Z',
  };
  expect(parseDomainEvent(event, 0).errors).toEqual([expect.objectContaining({ field: 'occurredAt' })]);
});
