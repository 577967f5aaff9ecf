import { describe, expect, it } from '@jest/globals';
import { agencyIn, eventOf, type EventMessage, textsIn } from './message.js';

const ORIGIN = '2026-01-22T10:30:00Z/17';
const message = (body: unknown, more: Partial<EventMessage> = {}): EventMessage => ({
  subject: 'bpoc.events.offer.sent',
  body: typeof body === 'string' ? Buffer.from(body) : Buffer.from(JSON.stringify(body)),
  messageId: null,
  origin: ORIGIN,
  publishedAt: new Date(0),
  ...more,
});

describe('the idempotency key of a message', () => {
  it.each([
    ['the id of the body', { id: 'a' }, null, 'a'],
    ['Nats-Msg-Id', {}, 'b', 'b'],
    ['both, if they are the same', { id: 'a' }, 'a', 'a'],
    ['its place in the stream, if there is none', {}, null, ORIGIN],
  ])('is %s', (_what, id, messageId, key) => {
    expect(eventOf(message({ ...id, type: 'offer.sent' }, { messageId })).id).toBe(key);
  });

  it.each([{ id: 'a' }, { id: null }, { id: 7 }])('is not %j beside another Nats-Msg-Id', (id) => {
    expect(() => eventOf(message(id, { messageId: 'b' }))).toThrow('id differs from the header Nats-Msg-Id');
  });

  it('is left as it is where it is wrong, for the check of the event', () => {
    expect(eventOf(message({ id: null })).id).toBeNull();
  });
});

describe('a message', () => {
  it.each(['[]', '7', 'null', '"offer.sent"'])('that is %s is no event', (body) => {
    expect(() => eventOf(message(body))).toThrow('a message must be one event');
  });

  it('is of the type of its subject', () => {
    expect(() => eventOf(message({ type: 'offer.accepted' }))).toThrow('type must be that of the subject');
  });

  it.each(['', '{', '{"a":1}{}', '['.repeat(500_000), '{"__proto__":{}}', '{"a":9007199254740993}'])(
    'that is no JSON, or more than is walked, is refused: %#',
    (body) => {
      expect(() => eventOf(message(body))).toThrow(expect.objectContaining({ code: expect.any(String) }));
      expect(agencyIn(Buffer.from(body))).toBeNull();
    },
  );
});

describe('the texts of a message, for an erasure', () => {
  it.each([
    ['strings and keys', '{"data":{"candidateId":"ü 1"}}', ['data', 'candidateId', 'ü 1']],
    ['numbers', '{"candidateId":4711,"x":-1.5e3}', ['candidateId', '4711', 'x', '-1.5e3']],
    ['escapes', String.raw`{"a":"J\u006fb","b":"q\"x\\"}`, ['a', 'Job', 'b', 'q"x\\']],
    ['JSON that is cut off', '{"candidateId":"uuid-789","na', ['candidateId', 'uuid-789', 'na']],
    ['no JSON at all', 'candidateId=uuid-789&x', ['candidateId', 'uuid-789', 'x']],
    ['a wrong escape', String.raw`"a\x1"`, [String.raw`a\x1`]],
  ])('are its %s', (_what, body, texts) => {
    expect(textsIn(Buffer.from(body))).toEqual(texts);
  });

  it('are those that PostgreSQL can store, up to the length of a reference', () => {
    const body = String.raw`{"a":"x\u0000","b":"\ud800","c":"${'y'.repeat(129)}","d":""}`;
    expect(textsIn(Buffer.from(body))).toEqual(['a', 'b', 'c', 'd']);
  });

  it('are found in linear time', () => {
    const long = Buffer.from(`"${'\\'.repeat(1_000_001)}`);
    expect(textsIn(long)).toEqual([]);
    expect(textsIn(Buffer.from(`"${'x'.repeat(1_000_000)}"`))).toEqual([]);
  });
});
