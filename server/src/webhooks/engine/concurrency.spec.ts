import { describe, expect, it, jest } from '@jest/globals';
import { Concurrency, NO_SLOTS } from './concurrency.js';

const limits = { total: 20, perWebhook: 4, perAgency: 12, leaseMs: 60_000 };
const delivery = (webhookId: string, { agencyId = 'agency', failures = 0 } = {}) => ({ webhookId, agencyId, failures });

/** Counts `deliveries` as a claim from the queue does. */
async function claim(concurrency: Concurrency, ...deliveries: ReturnType<typeof delivery>[]): Promise<void> {
  const { release } = await concurrency.reserve('queue');
  release(deliveries);
}

async function slotsOf(concurrency: Concurrency, claimer: 'queue' | 'intake') {
  const { slots, release } = await concurrency.reserve(claimer);
  release([]);
  return slots;
}

describe('free slots', () => {
  it('for the queue are the limits minus what is in flight: total, per webhook and per agency', async () => {
    const concurrency = new Concurrency(limits);
    await claim(concurrency, delivery('a'), delivery('a', { failures: 2 }), delivery('b', { agencyId: 'other' }));
    expect(await slotsOf(concurrency, 'queue')).toEqual({
      total: 20,
      free: 17,
      perWebhook: 4,
      perAgency: 12,
      webhooks: new Map([
        ['a', 2],
        ['b', 3],
      ]),
      limits: new Map(),
      retries: new Map([['a', 1]]),
      agencies: new Map([
        ['agency', 10],
        ['other', 11],
      ]),
    });
  });

  it('for intake are three quarters of that, and none for a webhook with a backlog', async () => {
    const concurrency = new Concurrency(limits);
    await claim(concurrency, delivery('a'), delivery('a'));
    concurrency.markBacklog({ webhookId: 'b', agencyId: 'agency' });
    const slots = await slotsOf(concurrency, 'intake');
    expect(slots).toMatchObject({ free: 13, perWebhook: 4, perAgency: 9 });
    expect(slots.agencies.get('agency')).toBe(7);
    expect([...slots.webhooks]).toEqual([
      ['a', 2],
      ['b', 0],
    ]);
    expect((await slotsOf(concurrency, 'queue')).webhooks.has('b')).toBe(false);
  });

  it('are all free again when everything is answered and stored', async () => {
    const concurrency = new Concurrency(limits);
    const sent = [delivery('a', { failures: 1 }), delivery('b')];
    await claim(concurrency, ...sent);
    for (const one of sent) concurrency.answered(one);
    // Stored later: the webhook may continue, but the process still counts it.
    expect(await slotsOf(concurrency, 'queue')).toMatchObject({ free: 18, webhooks: new Map(), retries: new Map() });
    for (let n = 0; n < sent.length; n++) concurrency.settled();
    expect(await slotsOf(concurrency, 'queue')).toMatchObject({ free: 20, agencies: new Map() });
    expect(concurrency.total).toBe(0);
  });

  it('are none once closed', async () => {
    const concurrency = new Concurrency(limits);
    concurrency.close();
    expect(await slotsOf(concurrency, 'queue')).toBe(NO_SLOTS);
    expect(concurrency.hasFreeSlot).toBe(false);
  });
});

describe('claiming', () => {
  it('is one at a time, in order of the calls, and each claim is counted before the next reads', async () => {
    const concurrency = new Concurrency({ ...limits, total: 4 });
    const order: string[] = [];
    const one = async (name: string) => {
      const { slots, release } = await concurrency.reserve('queue');
      order.push(`${name} ${slots.free}`);
      await Promise.resolve();
      release([delivery(name)]);
    };
    await Promise.all(['a', 'b', 'c', 'd', 'e'].map(one));
    expect(order).toEqual(['a 4', 'b 3', 'c 2', 'd 1', 'e 0']);
  });

  it('from the queue holds up intake for a tenth of a second, which then claims nothing', async () => {
    jest.useFakeTimers();
    const concurrency = new Concurrency(limits);
    const slow = await concurrency.reserve('queue');
    const waiting = concurrency.reserve('intake');
    const next = concurrency.reserve('queue');
    jest.advanceTimersByTime(100);
    for (const held of [await waiting, await concurrency.reserve('intake')]) {
      expect(held.slots).toBe(NO_SLOTS);
      held.release([]);
    }
    slow.release([delivery('a')]);
    const { slots, release } = await next;
    expect(slots.free).toBe(19);
    release([]);
    expect((await slotsOf(concurrency, 'intake')).free).toBe(14);
    jest.useRealTimers();
  });

  it('ends once, also when it is released twice', async () => {
    const concurrency = new Concurrency(limits);
    const first = await concurrency.reserve('queue');
    const second = concurrency.reserve('queue');
    first.release([]);
    first.release([]);
    await second;
    let waited = false;
    const third = concurrency.reserve('queue').then(() => (waited = true));
    await Promise.resolve();
    await Promise.resolve();
    expect(waited).toBe(false);
    (await second).release([]);
    await third;
  });
});

describe('a backlog', () => {
  const backlogged = { webhookId: 'a', agencyId: 'agency' };

  it('may continue while its webhook and its agency have free slots', async () => {
    const concurrency = new Concurrency(limits);
    expect(concurrency.canClaimMore).toBe(false);
    concurrency.setBacklog([backlogged]);
    expect([concurrency.canClaimMore, concurrency.markBacklog(backlogged)]).toEqual([true, true]);
    await claim(concurrency, ...Array.from({ length: 4 }, () => delivery('a')));
    expect([concurrency.canClaimMore, concurrency.markBacklog(backlogged)]).toEqual([false, false]);
    concurrency.setBacklog([backlogged, { webhookId: 'b', agencyId: 'agency' }]);
    expect(concurrency.canClaimMore).toBe(true);
    await claim(concurrency, ...Array.from({ length: 8 }, (_, n) => delivery(`other ${n}`)));
    expect(concurrency.canClaimMore).toBe(false);
  });

  it('is reported when a response frees a slot for it, but not for that of another webhook', async () => {
    const concurrency = new Concurrency(limits);
    await claim(concurrency, ...Array.from({ length: 4 }, () => delivery('a')), delivery('b'));
    concurrency.setBacklog([backlogged]);
    expect(concurrency.answered(delivery('b'))).toBe(false);
    expect(concurrency.settled()).toBe(false);
    expect(concurrency.answered(delivery('a'))).toBe(true);
  });

  it('held back by the limit of its agency or of the process is reported on any response there', async () => {
    const agency = new Concurrency(limits);
    await claim(agency, ...Array.from({ length: 12 }, (_, n) => delivery(`${n}`)));
    agency.setBacklog([backlogged]);
    expect(agency.answered(delivery('1'))).toBe(true);

    const all = new Concurrency(limits);
    await claim(all, ...Array.from({ length: 20 }, (_, n) => delivery(`${n}`, { agencyId: `${n}` })));
    all.setBacklog([backlogged]);
    // Until it is stored, its slot stays occupied.
    expect(all.answered(delivery('1', { agencyId: '1' }))).toBe(false);
    expect(all.settled()).toBe(true);
  });

  it('is forgotten when a claim no longer finds it', () => {
    const concurrency = new Concurrency(limits);
    concurrency.markBacklog(backlogged);
    concurrency.setBacklog([]);
    expect(concurrency.canClaimMore).toBe(false);
  });
});

describe('waiting until idle', () => {
  it('ends when the last result is stored', async () => {
    const concurrency = new Concurrency(limits);
    await concurrency.empty();
    await claim(concurrency, delivery('a'), delivery('b'));
    let ended = false;
    const end = concurrency.empty().then(() => (ended = true));
    concurrency.forget(delivery('a'));
    concurrency.answered(delivery('b'));
    await Promise.resolve();
    expect(ended).toBe(false);
    concurrency.settled();
    await end;
  });
});

describe('a webhook whose receiver asks for fewer requests', () => {
  const roomOf = async (concurrency: Concurrency) => (await slotsOf(concurrency, 'queue')).webhooks.get('a');

  it('gets none until that is stored, then one at a time, and one more with each later success', async () => {
    const concurrency = new Concurrency(limits);
    const before = Date.now() - 1;
    concurrency.hold('a');
    expect([await roomOf(concurrency), concurrency.mayStart({ webhookId: 'a', held: null })]).toEqual([0, false]);
    concurrency.holdStored('a');
    expect([await roomOf(concurrency), concurrency.mayStart({ webhookId: 'a', held: null })]).toEqual([1, true]);
    // It began before.
    concurrency.succeeded('a', before);
    expect(await roomOf(concurrency)).toBe(1);
    const rooms: unknown[] = [];
    for (let n = 0; n < 3; n++) {
      concurrency.succeeded('a', Date.now());
      rooms.push(await roomOf(concurrency));
    }
    // Then it has the usual limit again.
    expect(rooms).toEqual([2, 3, undefined]);
  });

  it('may send the probe in any case', () => {
    const concurrency = new Concurrency(limits);
    concurrency.hold('a');
    expect(concurrency.mayStart({ webhookId: 'a', held: { holds: 1, forMs: 0 } })).toBe(true);
  });

  it('is no reason to claim again', async () => {
    const concurrency = new Concurrency(limits);
    concurrency.setBacklog([{ webhookId: 'a', agencyId: 'agency' }]);
    expect(concurrency.canClaimMore).toBe(true);
    concurrency.hold('a');
    expect(concurrency.canClaimMore).toBe(false);
  });
});

describe('claiming ahead', () => {
  const wide = { total: 400, perWebhook: 4, perAgency: 12, leaseMs: 60_000 };
  let now = 100_000;
  /** Has delivered `count` to each of these webhooks just now, and has a backlog of those. */
  async function delivered(count: number, ...webhooks: ReturnType<typeof delivery>[]): Promise<Concurrency> {
    const concurrency = new Concurrency(wide, () => now);
    for (const webhook of webhooks) {
      for (let n = 0; n < count; n++) {
        await claim(concurrency, webhook);
        concurrency.answered(webhook, true);
        concurrency.settled();
      }
    }
    concurrency.setBacklog(webhooks);
    return concurrency;
  }
  const limitsOf = async (concurrency: Concurrency) => Object.fromEntries((await slotsOf(concurrency, 'queue')).limits);

  it('is for webhooks that have accepted deliveries within the last second', async () => {
    const concurrency = await delivered(30, delivery('a'));
    const failed = delivery('b');
    for (let n = 0; n < 30; n++) {
      await claim(concurrency, failed);
      concurrency.answered(failed, false);
      concurrency.settled();
    }
    concurrency.setBacklog([delivery('a'), failed]);
    const slots = await slotsOf(concurrency, 'queue');
    expect(slots.limits).toEqual(new Map([['a', 34]]));
    expect(slots.webhooks).toEqual(new Map([['a', 34]]));
    now += 20_000;
    expect(await limitsOf(concurrency)).toEqual({});
  });

  it('takes at most a quarter of the slots of the process', async () => {
    const concurrency = await delivered(1_000, delivery('a'));
    expect(await limitsOf(concurrency)).toEqual({ a: 104 });
    await claim(concurrency, ...Array.from({ length: 64 }, () => delivery('a')));
    expect(await limitsOf(concurrency)).toEqual({ a: 104 });
    concurrency.setBacklog([]);
    concurrency.setBacklog([delivery('a')]);
    expect((await slotsOf(concurrency, 'queue')).webhooks.get('a')).toBe(40);
  });

  it('is divided evenly among agencies, then among webhooks', async () => {
    const agencyId = 'other';
    const concurrency = await delivered(1_000, delivery('a'), delivery('b', { agencyId }), delivery('c', { agencyId }));
    expect(await limitsOf(concurrency)).toEqual({ a: 54, b: 29, c: 29 });
  });

  it('takes no slots of the agency', async () => {
    const concurrency = await delivered(1_000, delivery('a'));
    const many = Array.from({ length: 64 }, () => delivery('a'));
    await claim(concurrency, ...many);
    expect((await slotsOf(concurrency, 'queue')).agencies.get('agency')).toBe(8);
    for (const one of many) concurrency.forget(one);
    expect((await slotsOf(concurrency, 'queue')).agencies).toEqual(new Map());
  });

  it('is for intake as well while there is no backlog, and never for a drain', async () => {
    const concurrency = await delivered(30, delivery('a'));
    expect((await slotsOf(concurrency, 'intake')).limits).toEqual(new Map());
    concurrency.setBacklog([]);
    expect((await slotsOf(concurrency, 'intake')).limits).toEqual(new Map([['a', 34]]));
    const { slots, release } = await concurrency.reserve('drain');
    release([]);
    expect(slots.limits).toEqual(new Map());
  });

  it('is worth a claim once half of it has started', async () => {
    const concurrency = await delivered(20, delivery('a'));
    expect(await limitsOf(concurrency)).toEqual({ a: 24 });
    const many = Array.from({ length: 24 }, () => delivery('a'));
    await claim(concurrency, ...many);
    const reported = many.map((one) => concurrency.answered(one, true));
    expect(reported.indexOf(true)).toBe(9);
  });
});
