import { describe, expect, it } from '@jest/globals';
import { InFlight, NO_ROOM } from './concurrency.js';

const limits = { total: 20, perWebhook: 4, perAgency: 12 };
const delivery = (webhookId: string, { agencyId = 'agency', failures = 0 } = {}) => ({ webhookId, agencyId, failures });

/** Counts `deliveries` as a claim from the queue does. */
async function claim(inFlight: InFlight, ...deliveries: ReturnType<typeof delivery>[]): Promise<void> {
  const { release } = await inFlight.reserve({ pastBacklog: true });
  release(deliveries);
}

async function roomOf(inFlight: InFlight, pastBacklog: boolean) {
  const { room, release } = await inFlight.reserve({ pastBacklog });
  release([]);
  return room;
}

describe('the room', () => {
  it('of the queue is what is not under way, in all, of a webhook and of an agency', async () => {
    const inFlight = new InFlight(limits);
    await claim(inFlight, delivery('a'), delivery('a', { failures: 2 }), delivery('b', { agencyId: 'other' }));
    expect(await roomOf(inFlight, true)).toEqual({
      total: 20,
      free: 17,
      perWebhook: 4,
      perAgency: 12,
      webhooks: new Map([
        ['a', 2],
        ['b', 3],
      ]),
      retries: new Map([['a', 1]]),
      agencies: new Map([
        ['agency', 10],
        ['other', 11],
      ]),
    });
  });

  it('of intake is three quarters of that, and none for a webhook with a backlog', async () => {
    const inFlight = new InFlight(limits);
    await claim(inFlight, delivery('a'), delivery('a'));
    inFlight.markBacklog({ webhookId: 'b', agencyId: 'agency' });
    const room = await roomOf(inFlight, false);
    expect(room).toMatchObject({ free: 13, perWebhook: 4, perAgency: 9 });
    expect(room.agencies.get('agency')).toBe(7);
    expect([...room.webhooks]).toEqual([
      ['a', 2],
      ['b', 0],
    ]);
    expect((await roomOf(inFlight, true)).webhooks.has('b')).toBe(false);
  });

  it('is whole again when everything is answered and written down', async () => {
    const inFlight = new InFlight(limits);
    const sent = [delivery('a', { failures: 1 }), delivery('b')];
    await claim(inFlight, ...sent);
    for (const one of sent) inFlight.answered(one);
    // Written down later: the webhook may go on, the process counts it still.
    expect(await roomOf(inFlight, true)).toMatchObject({ free: 18, webhooks: new Map(), retries: new Map() });
    for (let n = 0; n < sent.length; n++) inFlight.settled();
    expect(await roomOf(inFlight, true)).toMatchObject({ free: 20, agencies: new Map() });
    expect(inFlight.total).toBe(0);
  });

  it('is none once closed', async () => {
    const inFlight = new InFlight(limits);
    inFlight.close();
    expect(await roomOf(inFlight, true)).toBe(NO_ROOM);
    expect(inFlight.hasRoom).toBe(false);
  });
});

describe('claiming', () => {
  it('is one at a time, in the order in which it was asked for, and each counts before the next reads', async () => {
    const inFlight = new InFlight({ ...limits, total: 4 });
    const order: string[] = [];
    const one = async (name: string) => {
      const { room, release } = await inFlight.reserve({ pastBacklog: true });
      order.push(`${name} ${room.free}`);
      await Promise.resolve();
      release([delivery(name)]);
    };
    await Promise.all(['a', 'b', 'c', 'd', 'e'].map(one));
    expect(order).toEqual(['a 4', 'b 3', 'c 2', 'd 1', 'e 0']);
  });

  it('without waiting gets nothing while somebody else claims, and never the turn', async () => {
    const inFlight = new InFlight(limits);
    const first = await inFlight.reserve({ pastBacklog: true });
    const second = inFlight.tryReserve();
    expect(second.room.free).toBe(0);
    second.release([]);
    let waited = false;
    const third = inFlight.reserve({ pastBacklog: true }).then((reservation) => {
      waited = true;
      return reservation;
    });
    await Promise.resolve();
    expect(waited).toBe(false);
    first.release([]);
    (await third).release([]);
    expect(inFlight.tryReserve().room.free).toBe(15);
  });
});

describe('a backlog', () => {
  const backlogged = { webhookId: 'a', agencyId: 'agency' };

  it('may go on where its webhook and its agency have places', async () => {
    const inFlight = new InFlight(limits);
    expect(inFlight.canGoOn).toBe(false);
    inFlight.setBacklog([backlogged]);
    expect(inFlight.canGoOn).toBe(true);
    await claim(inFlight, ...Array.from({ length: 4 }, () => delivery('a')));
    expect(inFlight.canGoOn).toBe(false);
    inFlight.setBacklog([backlogged, { webhookId: 'b', agencyId: 'agency' }]);
    expect(inFlight.canGoOn).toBe(true);
    await claim(inFlight, ...Array.from({ length: 8 }, (_, n) => delivery(`other ${n}`)));
    expect(inFlight.canGoOn).toBe(false);
  });

  it('is told when an answer makes room for it, and nobody is for that of another webhook', async () => {
    const inFlight = new InFlight(limits);
    await claim(inFlight, ...Array.from({ length: 4 }, () => delivery('a')), delivery('b'));
    inFlight.setBacklog([backlogged]);
    expect(inFlight.answered(delivery('b'))).toBe(false);
    expect(inFlight.settled()).toBe(false);
    expect(inFlight.answered(delivery('a'))).toBe(true);
  });

  it('that the limit of its agency, or of the process, holds back is told of any answer there', async () => {
    const agency = new InFlight(limits);
    await claim(agency, ...Array.from({ length: 12 }, (_, n) => delivery(`${n}`)));
    agency.setBacklog([backlogged]);
    expect(agency.answered(delivery('1'))).toBe(true);

    const all = new InFlight(limits);
    await claim(all, ...Array.from({ length: 20 }, (_, n) => delivery(`${n}`, { agencyId: `${n}` })));
    all.setBacklog([backlogged]);
    // Until it is written down, its place is taken.
    expect(all.answered(delivery('1', { agencyId: '1' }))).toBe(false);
    expect(all.settled()).toBe(true);
  });

  it('is forgotten when a claim no longer finds it', () => {
    const inFlight = new InFlight(limits);
    inFlight.markBacklog(backlogged);
    inFlight.setBacklog([]);
    expect(inFlight.canGoOn).toBe(false);
  });
});

describe('waiting for the end', () => {
  it('ends when the last result is written down', async () => {
    const inFlight = new InFlight(limits);
    await inFlight.empty();
    await claim(inFlight, delivery('a'), delivery('b'));
    let ended = false;
    const end = inFlight.empty().then(() => (ended = true));
    inFlight.forget(delivery('a'));
    inFlight.answered(delivery('b'));
    await Promise.resolve();
    expect(ended).toBe(false);
    inFlight.settled();
    await end;
  });
});
