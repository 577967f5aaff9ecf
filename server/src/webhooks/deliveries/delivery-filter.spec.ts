import { describe, expect, it } from '@jest/globals';
import { uuidFloor } from '../../lib/ids.js';
import { conditionsOf } from './delivery-filter.js';
import { FILTER_EVENTS } from './filter-events.js';

describe('a filter of deliveries', () => {
  it('without conditions matches everything but tests', () => {
    expect(conditionsOf({})).toEqual({
      ids: null,
      states: null,
      webhookId: null,
      types: null,
      response: null,
      reason: null,
      test: false,
      fromId: null,
      beforeId: null,
      references: [],
    });
  });

  it('turns times into bounds on the id', () => {
    const { fromId, beforeId } = conditionsOf({ from: '2026-01-22T10:30:00Z', to: '2026-01-23' });
    expect(fromId).toBe(uuidFloor(Date.UTC(2026, 0, 22, 10, 30)));
    expect(beforeId).toBe(uuidFloor(Date.UTC(2026, 0, 23)));
  });

  it('accepts times before 1970 and after the last UUIDv7', () => {
    expect(conditionsOf({ from: '0001-01-01' }).fromId).toBe('00000000-0000-0000-0000-000000000000');
    expect(conditionsOf({ to: '9999-12-31T23:59:59Z' }).beforeId).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-0000-0000-0{12}$/);
  });

  it('turns a group into the types of the catalogue', () => {
    expect(conditionsOf({ event: 'offer.*' }).types).toEqual(['offer.sent', 'offer.accepted', 'offer.rejected']);
    expect(conditionsOf({ event: 'video.recording.*' }).types).toEqual(['video.recording.ready']);
    expect(conditionsOf({ event: '*' }).types).toBeNull();
    expect(conditionsOf({ event: 'offer.sent' }).types).toEqual(['offer.sent']);
  });

  it('knows every type, every group of types, and the test event', () => {
    for (const event of ['*', 'offer.sent', 'offer.*', 'video.*', 'video.recording.*', 'webhook.test']) {
      expect(FILTER_EVENTS).toContain(event);
    }
    for (const event of ['videos.*', 'offer', 'offer.sent.*', 'webhook.*', 'gone.type']) {
      expect(FILTER_EVENTS).not.toContain(event);
    }
  });

  it.each([
    ['2xx', { from: 200, to: 299 }],
    ['5xx', { from: 500, to: 599 }],
    ['503', { from: 503, to: 503 }],
    ['none', 'none'],
  ])('understands the answer %s', (response, expected) => {
    expect(conditionsOf({ response }).response).toEqual(expected);
  });

  it('searches what was accepted in the state delivered only; a script may say 200 and that it failed', () => {
    const accepted = { reason: 'ok' as const };
    expect(conditionsOf(accepted).states).toEqual(['delivered']);
    expect(conditionsOf({ ...accepted, status: ['failed', 'delivered'] }).states).toEqual(['delivered']);
    expect(conditionsOf({ ...accepted, status: ['failed'] }).states).toEqual([]);
    for (const other of [
      { response: '2xx' },
      { response: '3xx' },
      { response: '199' },
      { response: 'none' },
      { reason: 'timeout' as const },
    ]) {
      expect(conditionsOf(other).states).toBeNull();
    }
  });

  it('excludes tests, selects only tests, or both; the test event implies tests', () => {
    expect(conditionsOf({ test: 'false' }).test).toBe(false);
    expect(conditionsOf({ test: 'true' }).test).toBe(true);
    expect(conditionsOf({ test: 'any' }).test).toBeNull();
    expect(conditionsOf({ event: 'webhook.test' }).test).toBe(true);
  });

  it('splits the kind off a reference', () => {
    expect(conditionsOf({ reference: 'candidate:a:b' }).references).toEqual([
      { kind: 'candidate', value: 'a:b', id: null },
    ]);
    expect(conditionsOf({ reference: 'x:1' }).references).toEqual([{ kind: null, value: 'x:1', id: null }]);
  });

  it('searches types and titles of events, and takes anything else as an id', () => {
    expect(conditionsOf({ q: 'Offer' }).types).toEqual(['offer.sent', 'offer.accepted', 'offer.rejected']);
    expect(conditionsOf({ q: 'new application' }).types).toEqual(['application.created']);
    expect(conditionsOf({ q: 'A-1042' })).toMatchObject({
      types: null,
      references: [{ kind: null, value: 'A-1042', id: null }],
    });
    const id = '0190F3C6-7C1E-7B3A-9D52-3F0A4C6B8E21';
    expect(conditionsOf({ q: id }).references).toEqual([{ kind: null, value: id, id: id.toLowerCase() }]);
    expect(conditionsOf({ q: '  ' })).toEqual(conditionsOf({}));
  });

  it('combines all conditions', () => {
    expect(conditionsOf({ q: 'accepted', event: 'offer.*' }).types).toEqual(['offer.accepted']);
    expect(conditionsOf({ q: 'interview', event: 'offer.*' }).types).toEqual([]);
    expect(conditionsOf({ q: 'A-1', reference: 'B-2' }).references).toHaveLength(2);
  });
});
