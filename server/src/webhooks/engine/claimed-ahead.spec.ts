import { beforeEach, describe, expect, it } from '@jest/globals';
import { Throughput, WaitingLines } from './claimed-ahead.js';
import type { ClaimedDelivery } from './queue/claimed-delivery.js';

const WAIT_MS = 6_000;
let now: number;
let lines: WaitingLines;
beforeEach(() => {
  now = 100_000;
  lines = new WaitingLines({ perWebhook: 2, waitMs: WAIT_MS }, () => now);
});

const delivery = (webhookId: string, n: number) => ({ webhookId, deliveryId: `${webhookId}${n}` }) as ClaimedDelivery;
const idsOf = (deliveries: ClaimedDelivery[]) => deliveries.map(({ deliveryId }) => deliveryId);
/** Lets the deliveries 1 to `count` of a webhook enter; returns those that start. */
const enter = (webhookId: string, count: number) =>
  Array.from({ length: count }, (_, n) => delivery(webhookId, n + 1)).filter((one) => lines.enter(one));

describe('what was claimed ahead', () => {
  it('waits for a place of its own webhook', () => {
    expect(idsOf(enter('a', 4))).toEqual(['a1', 'a2']);
    expect(idsOf(enter('b', 2))).toEqual(['b1', 'b2']);
    expect([lines.has('a'), lines.has('b')]).toEqual([true, false]);
    expect(lines.ended(delivery('b', 1))).toBeUndefined();
  });

  it('starts in order as answers come, also before what arrives later', () => {
    enter('a', 4);
    expect(lines.ended(delivery('a', 2))?.deliveryId).toBe('a3');
    expect(lines.enter(delivery('a', 5))).toBe(false);
    const started = [1, 3, 4].map((n) => lines.ended(delivery('a', n))?.deliveryId);
    expect(started).toEqual(['a4', 'a5', undefined]);
    expect(lines.isEmpty).toBe(true);
    expect(lines.ended(delivery('a', 5))).toBeUndefined();
    expect(idsOf(enter('a', 3))).toEqual(['a1', 'a2']);
  });

  it('does not start while something that needs no place holds one', () => {
    lines.started(delivery('a', 8));
    lines.started(delivery('a', 9));
    enter('a', 1);
    lines.started(delivery('a', 7));
    expect(lines.ended(delivery('a', 7))).toBeUndefined();
    expect(lines.ended(delivery('a', 8))?.deliveryId).toBe('a1');
  });

  it('does not start any more after the planned wait, and is handed over then', () => {
    enter('a', 3);
    now += 1;
    lines.enter(delivery('a', 4));
    expect(lines.overdue()).toEqual([]);
    now += WAIT_MS;
    expect(lines.ended(delivery('a', 1))).toBeUndefined();
    expect(idsOf(lines.overdue())).toEqual(['a3']);
    expect(lines.ended(delivery('a', 2))?.deliveryId).toBe('a4');
  });

  it('can be taken back, of one webhook or of all', () => {
    for (const webhookId of ['a', 'b', 'c']) enter(webhookId, 4);
    expect(idsOf(lines.heads())).toEqual(['a3', 'b3', 'c3']);
    expect(idsOf(lines.clear('b'))).toEqual(['b3', 'b4']);
    expect(idsOf(lines.clear())).toEqual(['a3', 'a4', 'c3', 'c4']);
    expect(lines.isEmpty).toBe(true);
    expect(lines.ended(delivery('a', 1))).toBeUndefined();
  });
});

const PLANNED_MS = 6_000;

/** Takes `count` deliveries at each of these times. */
function taking(count: number, ...atMs: number[]): Throughput {
  const throughput = new Throughput(PLANNED_MS);
  for (const ms of atMs) for (let n = 0; n < count; n++) throughput.add(ms);
  return throughput;
}

describe('a webhook may have claimed ahead', () => {
  it('what it took in the last second', () => {
    expect(taking(50, 100_000).ahead(10, 100_000)).toBe(50);
    expect(taking(50, 100_000).ahead(10, 100_500)).toBe(50);
    // Half of the second before last has passed.
    expect(taking(50, 100_000).ahead(10, 101_500)).toBe(25);
  });

  it('at least its limit, if it took that many within the planned wait', () => {
    expect(taking(20, 100_000).ahead(10, 103_000)).toBe(10);
    expect(taking(1, 102_000, 103_000, 104_000, 105_000).ahead(10, 105_000)).toBe(4);
  });

  it('at most 200', () => {
    expect(taking(5_000, 100_000).ahead(10, 100_000)).toBe(200);
    expect(taking(5_000, 100_000).ahead(500, 100_000)).toBe(200);
  });

  it('nothing before it took any, after a pause, or with a limit of one', () => {
    expect(new Throughput(PLANNED_MS).ahead(10, 100_000)).toBe(0);
    expect(taking(50, 100_000).ahead(10, 112_000)).toBe(0);
    expect(taking(50, 100_000).isIdle(112_000)).toBe(true);
    expect(taking(50, 100_000).ahead(1, 100_000)).toBe(0);
  });
});
