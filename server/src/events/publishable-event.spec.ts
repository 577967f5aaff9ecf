import { describe, expect, it } from '@jest/globals';
import { EVENT_DEFINITIONS, exampleData, findEvent } from './catalogue/catalogue.js';
import { parseDomainEvent, referenceHash } from './publishable-event.js';

const agencyId = '018f3c2e-7b1a-7c3d-9e4f-0123456789ab';
const now = Date.parse('2026-01-22T10:30:00Z');
const created = findEvent('application.created')!;
const raw = (more: object = {}) => ({ type: created.type, agencyId, data: exampleData(created), ...more });
const fieldsOf = (event: unknown) => parseDomainEvent(event, now).errors?.map(({ field, code }) => `${field} ${code}`);

describe('an event of the catalogue', () => {
  it.each(EVENT_DEFINITIONS.map((definition) => [definition.type, definition] as const))(
    '%s passes with its own example',
    (type, definition) => {
      const { event } = parseDomainEvent({ type, agencyId, data: exampleData(definition) }, now);
      expect(event).toMatchObject({ type, subject: { kind: definition.subject.reference } });
      const required = Object.fromEntries(
        definition.fields.filter((field) => field.required).map(({ name, example }) => [name, example]),
      );
      expect(parseDomainEvent({ type, agencyId, data: required }, now).errors).toBeUndefined();
    },
  );

  it('becomes the documented message', () => {
    const { event } = parseDomainEvent(raw({ occurredAt: '2026-01-22T10:30:00Z' }), 0);
    expect(event!.body).toBe(
      '{"event":"application.created","timestamp":"2026-01-22T10:30:00.000Z","data":{' +
        '"applicationId":"uuid-123","jobId":"uuid-456","candidateId":"uuid-789","candidateName":"Maria Santos",' +
        '"candidateEmail":"maria@example.com","jobTitle":"Customer Service Representative"}}',
    );
    const hashOf = (kind: string, value: string) => referenceHash(event!.agencyId, kind, value);
    expect(event!.references).toEqual([
      hashOf('application', 'uuid-123'),
      hashOf('candidate', 'uuid-789'),
      hashOf('job', 'uuid-456'),
      null,
      null,
    ]);
  });

  it('names every wrong field', () => {
    expect(fieldsOf(null)).toEqual([' not_an_object']);
    expect(fieldsOf({})).toEqual(['type missing', 'agencyId missing']);
    expect(fieldsOf(raw({ type: 'webhook.test' }))).toEqual(['type unknown_event_type']);
    expect(fieldsOf(raw({ agencyId: 'acme' }))).toEqual(['agencyId unknown_agency']);
    expect(fieldsOf(raw({ extra: 1, id: '', occurredAt: '2026-01-22T10:30:00+08:00' }))).toEqual([
      'extra unknown_field',
      'id invalid',
      'occurredAt invalid',
    ]);
    expect(fieldsOf(raw({ data: [] }))).toEqual(['data not_an_object']);
    const { jobId: _left, ...rest } = exampleData(created);
    expect(fieldsOf(raw({ data: { ...rest, agencyId, candidateId: '', candidateName: 5 } }))?.sort()).toEqual([
      'data.agencyId unknown_field',
      'data.candidateId invalid',
      'data.candidateName invalid',
      'data.jobId missing',
    ]);
  });

  it('cannot smuggle in fields through its prototype', () => {
    const data = JSON.parse(`{"__proto__":{"jobId":"x"},"applicationId":"a"}`) as object;
    expect(fieldsOf(raw({ data }))).toContain('data.__proto__ unknown_field');
    expect(fieldsOf(raw({ data }))).toContain('data.jobId missing');
  });

  it('accepts text that JSON must escape', () => {
    const name = 'Ñandú “Łódź” 候補者 🎉 \\"/ \u0000';
    const { event } = parseDomainEvent(raw({ data: { ...exampleData(created), candidateName: name } }), now);
    expect(JSON.parse(event!.body).data.candidateName).toBe(name);
    expect(event!.body).not.toContain('\u0000');
  });

  it('is rejected above 256 KiB', () => {
    const data = { ...exampleData(created), candidateName: 'x'.repeat(256 * 1024) };
    expect(fieldsOf(raw({ data }))).toEqual(['data event_too_large']);
  });

  it('has a hash independent of field order', () => {
    const hash = (data: object) => parseDomainEvent(raw({ id: 'k', data }), now).event!.key!.hash.toString('hex');
    const data = exampleData(created);
    const reversed = Object.fromEntries(Object.entries(data).reverse());
    expect(hash(reversed)).toBe(hash(data));
    expect(hash({ ...data, jobId: 'other' })).not.toBe(hash(data));
  });

  it.each([
    ['interview.completed', 'outcome', [null, 5]],
    ['interview.scheduled', 'scheduledAt', ['2026-01-25', '2026-01-25T14:00:00', '2026-02-31T14:00:00Z', 'soon', 5]],
    ['placement.created', 'startDate', ['2026-13-01', 'monday', '2026-02-01T10:00:00+08:00']],
    ['video.recording.ready', 'durationSeconds', [-1, 1.5, '5', null]],
    ['video.recording.ready', 'recordingUrl', ['ftp://x/y', 'javascript:alert(1)', 'x']],
  ])('%s rejects a wrong %s', (type, field, values) => {
    const definition = findEvent(type)!;
    for (const value of values)
      expect(fieldsOf({ type, agencyId, data: { ...exampleData(definition), [field]: value } })).toEqual([
        `data.${field} invalid`,
      ]);
  });
});
