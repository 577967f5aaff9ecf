import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { createTestDatabase, type TestDatabase } from '../../../../test/database.js';
import type { Slots } from './claimed-delivery.js';
import { CLAIM_SQL, claimParameters, type ClaimRow, type MoreRow } from './claim-sql.js';
import { SET_FLOW_SQL, TURN_SQL, turnParameters } from './turn-sql.js';
import { allSlots } from '../../../../test/all-slots.js';

/* The claim alone: which webhooks get the free slots, given what is in flight. */

const LEASE_MS = 60_000;
const BACKLOG = 20_000;

let database: TestDatabase;
let client: pg.Client;
beforeAll(async () => {
  database = await createTestDatabase();
  client = new pg.Client(database.superuserUrl);
  await client.connect();
});
afterAll(async () => {
  await client.end();
  await database.drop();
});
afterEach(() => client.query('delete from webhook_queue'));

const addAgency = async () => {
  const id = randomUUID();
  await client.query(`insert into agencies (id, name) values ($1, 'Agency')`, [id]);
  return id;
};

interface TestWebhook {
  id: string;
  agencyId: string;
}

const addWebhook = async (agencyId: string): Promise<TestWebhook> => {
  const id = randomUUID();
  await client.query(
    `insert into webhooks (id, agency_id, url, events, secret, secret_last4)
     values ($1, $2, '', '{*}', '', 'last')`,
    [id, agencyId],
  );
  return { id, agencyId };
};

/** Due since 1 ms, 2 ms, … ago. */
const enqueue = (webhook: TestWebhook, count: number, failures = 0) =>
  client.query(
    `insert into webhook_queue (delivery_id, agency_id, webhook_id, event_id, event_type, due_at, failures)
     select gen_random_uuid(), $1, $2, gen_random_uuid(), 'offer.sent', now() - n * interval '1 ms', $4
     from generate_series(1, $3::int) n`,
    [webhook.agencyId, webhook.id, count, failures],
  );

const slots = (more: Partial<Slots> = {}): Slots => ({
  ...allSlots({ total: 512, perWebhook: 10, perAgency: 256 }),
  ...more,
});

/** What a claim takes, by webhook, and which webhooks it reports to have more. */
async function claim(given: Slots, { retryAhead = false } = {}) {
  const parameters = claimParameters(given, { token: randomUUID(), leaseMs: LEASE_MS, retryAhead });
  const { rows } = await client.query<ClaimRow | MoreRow>(CLAIM_SQL, parameters);
  const taken = rows.filter((row): row is ClaimRow => row.delivery_id !== null);
  const of = ({ id }: TestWebhook) => taken.filter((row) => row.webhook_id === id);
  return {
    taken,
    count: (webhook: TestWebhook) => of(webhook).length,
    retries: (webhook: TestWebhook) => of(webhook).filter((row) => row.failures > 0).length,
    more: rows.filter((row) => row.delivery_id === null).map((row) => row.webhook_id),
  };
}

describe('a claim', () => {
  it('reads no more of a webhook’s backlog than it takes', async () => {
    await enqueue(await addWebhook(await addAgency()), BACKLOG);
    const parameters = claimParameters(slots(), { token: randomUUID(), leaseMs: LEASE_MS, retryAhead: false });
    const { rows } = await client.query<{ 'QUERY PLAN': string }>(`explain analyze ${CLAIM_SQL}`, parameters);
    const plan = rows.map((row) => row['QUERY PLAN']);
    const read = plan.map((line) => Number(/actual time=\S+ rows=(\d+)/.exec(line)?.[1] ?? 0));
    expect(read).toContain(10);
    expect(Math.max(...read)).toBeLessThan(100);
  });

  it('takes the oldest first', async () => {
    const webhook = await addWebhook(await addAgency());
    await enqueue(webhook, 50);
    const { rows } = await client.query<{ id: string }>('select delivery_id as id from webhook_queue order by due_at');
    for (const from of [0, 10, 20]) {
      const { taken } = await claim(slots());
      const oldest = rows.slice(from, from + 10).map((row) => row.id);
      expect(taken.map((row) => row.delivery_id).toSorted()).toEqual(oldest.toSorted());
    }
  });

  it('takes more of a webhook that may have some ahead, unless the last quarter of the slots begins', async () => {
    const [webhook, other] = [await addWebhook(await addAgency()), await addWebhook(await addAgency())];
    await enqueue(webhook, 200);
    await enqueue(other, 200);
    const limits = new Map([[webhook.id, 60]]);
    const ahead = (more: Partial<Slots>) => slots({ limits, webhooks: new Map([[webhook.id, 55]]), ...more });
    const busy = await claim(ahead({ free: 128 }));
    expect([busy.count(webhook) <= 5, busy.count(other) <= 10]).toEqual([true, true]);
    const { count, more } = await claim(ahead({}));
    expect([count(webhook), count(other)]).toEqual([55, 10]);
    expect(more).toContain(webhook.id);
  });

  it('is round robin over agencies, then over their webhooks', async () => {
    const [big, small] = [await addAgency(), await addAgency()];
    const many = await Promise.all(Array.from({ length: 30 }, () => addWebhook(big)));
    const one = await addWebhook(small);
    for (const webhook of [...many, one]) await enqueue(webhook, 20);
    const { count, taken } = await claim(allSlots({ total: 8, perWebhook: 10, perAgency: 1_000 }));
    expect(taken.length).toBeGreaterThanOrEqual(7);
    expect(count(one)).toBeGreaterThanOrEqual(1);
    for (const webhook of many) expect(count(webhook)).toBeLessThanOrEqual(1);
  });

  it('gives a slot to the webhook with the fewest requests in flight first', async () => {
    const [busy, idle] = [await addWebhook(await addAgency()), await addWebhook(await addAgency())];
    for (const webhook of [busy, idle]) await enqueue(webhook, 20);
    const webhooks = new Map([[busy.id, 5]]);
    const agencies = new Map([[busy.agencyId, 251]]);
    const { count } = await claim(slots({ free: 1, webhooks, agencies }));
    expect([count(idle), count(busy)]).toEqual([1, 0]);
  });

  it('exceeds neither the limit of a webhook, of an agency, nor of the process', async () => {
    const agencyId = await addAgency();
    const webhooks = [await addWebhook(agencyId), await addWebhook(agencyId), await addWebhook(await addAgency())];
    for (const webhook of webhooks) await enqueue(webhook, 30);
    const limited = slots({ free: 500, webhooks: new Map([[webhooks[0]!.id, 3]]), agencies: new Map([[agencyId, 6]]) });
    const { count, taken } = await claim(limited);
    expect(count(webhooks[0]!)).toBeLessThanOrEqual(3);
    expect(count(webhooks[0]!) + count(webhooks[1]!)).toBeLessThanOrEqual(6);
    expect(count(webhooks[2]!)).toBe(10);
    expect(taken.length).toBeLessThanOrEqual(16);
    expect(
      (await claim(slots({ free: 3, webhooks: new Map(), agencies: new Map() }))).taken.length,
    ).toBeLessThanOrEqual(3);
  });

  it('reports exactly the webhooks that have more due, also those without free slots', async () => {
    const agencyId = await addAgency();
    const [full, none, all, other] = [
      await addWebhook(agencyId),
      await addWebhook(agencyId),
      await addWebhook(agencyId),
      await addWebhook(await addAgency()),
    ];
    await enqueue(full, 11);
    await enqueue(none, 1);
    await enqueue(all, 9);
    await enqueue(other, 1);
    const blocked = slots({ webhooks: new Map([[none.id, 0]]), agencies: new Map([[other.agencyId, 0]]) });
    const { more, count } = await claim(blocked);
    expect(more.toSorted()).toEqual([full.id, none.id, other.id].toSorted());
    expect([full, none, all, other].map(count)).toEqual([10, 0, 9, 0]);
  });
});

describe('first attempts and retries of a webhook', () => {
  it('share its slots three to one while both are due', async () => {
    const webhook = await addWebhook(await addAgency());
    await enqueue(webhook, 50);
    await enqueue(webhook, 50, 2);
    const { count, retries } = await claim(slots());
    expect([count(webhook), retries(webhook)]).toEqual([10, 2]);
  });

  it('get all slots if the other kind is not due', async () => {
    const [firsts, again] = [await addWebhook(await addAgency()), await addWebhook(await addAgency())];
    await enqueue(firsts, 20);
    await enqueue(again, 20, 1);
    const { count, retries } = await claim(slots());
    expect([count(firsts), retries(firsts), count(again), retries(again)]).toEqual([10, 0, 10, 10]);
  });

  it.each([
    [9, 2, 0],
    [9, 3, 0],
    [9, 1, 1],
    [9, 0, 1],
    [2, 0, 0],
    [3, 0, 1],
  ])('with %i in flight, %i of them retries, the next slot has %i for retries', async (busy, under, expected) => {
    const webhook = await addWebhook(await addAgency());
    await enqueue(webhook, 5);
    await enqueue(webhook, 5, 1);
    const { count, retries } = await claim(
      slots({
        perWebhook: busy + 1,
        webhooks: new Map([[webhook.id, 1]]),
        retries: new Map([[webhook.id, under]]),
      }),
    );
    expect([count(webhook), retries(webhook)]).toEqual([1, expected]);
  });

  it('alternate if a webhook has a single slot: one claim of four is for a retry', async () => {
    const webhook = await addWebhook(await addAgency());
    await enqueue(webhook, 5);
    await enqueue(webhook, 5, 1);
    const single = slots({ perWebhook: 1 });
    expect((await claim(single)).retries(webhook)).toBe(0);
    expect((await claim(single, { retryAhead: true })).retries(webhook)).toBe(1);
  });
});

describe('when slots are scarce', () => {
  /** What is in flight, as counted by the process. */
  const process = () => {
    const [webhooks, agencies] = [new Map<string, number>(), new Map<string, number>()];
    let free = 512;
    return {
      slots: () => slots({ free, webhooks, agencies }),
      answered({ id, agencyId }: TestWebhook) {
        free++;
        webhooks.set(id, webhooks.get(id)! + 1);
        agencies.set(agencyId, agencies.get(agencyId)! + 1);
      },
      count(taken: ClaimRow[]) {
        free -= taken.length;
        for (const { webhook_id: id, agency_id: agency } of taken) {
          webhooks.set(id, (webhooks.get(id) ?? 10) - 1);
          agencies.set(agency, (agencies.get(agency) ?? 256) - 1);
        }
      },
    };
  };

  /** They take every slot they can get, and never answer. */
  async function hang(under: ReturnType<typeof process>, webhooks: TestWebhook[]): Promise<void> {
    for (const webhook of webhooks) await enqueue(webhook, 20);
    for (let taken = -1; taken !== 0;) {
      const result = await claim(under.slots());
      taken = result.taken.length;
      under.count(result.taken);
    }
  }

  const webhooksOf = async (count: number, agencies: number) => {
    const ids = await Promise.all(Array.from({ length: agencies }, () => addAgency()));
    return Promise.all(Array.from({ length: count }, (_, n) => addWebhook(ids[n % agencies]!)));
  };

  /** An idle webhook, of that agency or of another, gets slots. */
  async function expectSlots(under: ReturnType<typeof process>, { agencyId }: TestWebhook): Promise<void> {
    for (const id of [agencyId, await addAgency()]) {
      const healthy = await addWebhook(id);
      await enqueue(healthy, 20);
      expect((await claim(under.slots())).count(healthy)).toBeGreaterThan(0);
      await client.query('delete from webhook_queue where webhook_id = $1', [healthy.id]);
    }
  }

  it.each([
    ['60 webhooks of 60 agencies', 60, 60],
    ['60 webhooks of two agencies', 60, 2],
    ['60 webhooks of one agency', 60, 1],
    ['200 webhooks of 20 agencies', 200, 20],
  ])('%s leave slots to an idle one', async (_what, count, agencies) => {
    const under = process();
    const hanging = await webhooksOf(count, agencies);
    await hang(under, hanging);
    await expectSlots(under, hanging[0]!);
  });

  it('200 webhooks, 30 of them of one agency, leave slots to another one of that agency', async () => {
    const under = process();
    const agency = await webhooksOf(30, 1);
    await hang(under, [...(await webhooksOf(170, 170)), ...agency]);
    await expectSlots(under, agency[0]!);
  });

  it('60 that start to hang one after the other leave slots as well', async () => {
    const under = process();
    const hanging = await webhooksOf(60, 60);
    for (const webhook of hanging) await hang(under, [webhook]);
    await expectSlots(under, hanging[0]!);
  });

  it.each([
    ['600 agencies', 600],
    ['three agencies', 3],
  ])('600 webhooks of %s that failed before leave slots', async (_what, agencies) => {
    const under = process();
    const hanging = await webhooksOf(600, agencies);
    await client.query(
      `insert into webhook_health (webhook_id, agency_id, failures_in_a_row, failing_since)
       select unnest($1::uuid[]), unnest($2::uuid[]), 3, now()`,
      [hanging.map(({ id }) => id), hanging.map(({ agencyId }) => agencyId)],
    );
    await hang(under, hanging);
    await expectSlots(under, hanging[0]!);
  });

  it('a webhook that failed before gets its turn beside webhooks with a backlog', async () => {
    const under = process();
    const busy = await webhooksOf(100, 10);
    await hang(under, busy);
    const failing = await addWebhook(await addAgency());
    await client.query('insert into webhook_health (webhook_id, agency_id, failures_in_a_row) values ($1, $2, 1)', [
      failing.id,
      failing.agencyId,
    ]);
    await enqueue(failing, 1, 1);
    for (const webhook of busy.slice(0, 3)) under.answered(webhook);
    expect((await claim(under.slots())).count(failing)).toBe(1);
  });
});

describe('turns of paced webhooks', () => {
  const addPaced = async (agencyId: string, everyMs: number): Promise<TestWebhook> => {
    const webhook = await addWebhook(agencyId);
    await client.query(SET_FLOW_SQL, [webhook.id, agencyId, everyMs, false, null, 'infinity', null]);
    await enqueue(webhook, 30);
    return webhook;
  };
  /** What a look takes, and whose agencies had no slot. */
  const look = async (given: Slots, webhooks: readonly TestWebhook[]) => {
    const lease = { token: randomUUID(), leaseMs: LEASE_MS };
    const ids = webhooks.map(({ id }) => id);
    // What a busy process missed within a tenth of a second is made up for.
    await client.query(`update webhook_flow set next_at = now() - interval '50 ms'`);
    const { rows } = await client.query<ClaimRow & { in_ms: number | null }>(
      TURN_SQL,
      turnParameters(given, lease, ids, given.free),
    );
    const taken = rows.filter((row) => row.delivery_id !== null);
    return {
      count: (...some: TestWebhook[]) => taken.filter((row) => some.some(({ id }) => id === row.webhook_id)).length,
      leftOut: rows.filter((row) => row.delivery_id === null && row.in_ms === null).map((row) => row.webhook_id),
    };
  };

  it('exceed neither the limit of a webhook, of an agency, nor of the process, and say who was left out', async () => {
    const [agencyId, full, free] = [await addAgency(), await addAgency(), await addAgency()];
    const slow = await Promise.all([1, 2, 3, 4].map(() => addPaced(agencyId, 3_600_000)));
    const fast = await addPaced(agencyId, 1);
    const waiting = await addPaced(full, 1);
    const other = await addPaced(free, 1);
    const all = [...slow, fast, waiting, other];
    const agencies = new Map([
      [agencyId, 3],
      [full, 0],
    ]);
    const first = await look(slots({ agencies }), all);
    expect([first.count(...slow, fast), first.count(waiting), first.count(other)]).toEqual([3, 0, 10]);
    expect(first.leftOut).toContain(waiting.id);
    const second = await look(slots({ agencies: new Map([[full, 4]]) }), [waiting]);
    expect([second.count(waiting), second.leftOut]).toEqual([4, []]);
    const third = await look(slots({ free: 7 }), all);
    expect(third.count(...all)).toBeLessThanOrEqual(7);
  });
});
