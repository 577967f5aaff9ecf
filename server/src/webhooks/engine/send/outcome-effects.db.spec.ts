import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startTestApp, type TestApp } from '../../../../test/app.js';
import { startFakeDns, type FakeDns } from '../../../../test/fake-dns.js';
import { startReceiver as startHostile, type HostileKind } from '../../../../test/hostile-receivers.js';
import { tls } from '../../../../test/outbound.js';
import { startReceiver, type Answer } from '../../../../test/receiver.js';
import { EVENT_DEFINITIONS, exampleData } from '../../../events/catalogue/catalogue.js';
import { DomainEvents } from '../../../events/domain-events.js';
import { Dispatcher } from '../dispatcher.js';
import { EngineCounts } from '../engine-counts.js';

/* From the bytes of a response to the rows: its effect on plan, health, probe and metrics. */

interface Effect {
  state: string;
  /** Used failures of the plan, and attempts lost through our own fault; null: nothing is pending. */
  plan: number | null;
  ours: number | null;
  failures_in_a_row: number | null;
  failed_in_a_row: number | null;
  active: boolean;
}

const SUCCESS: Effect = { state: 'delivered', plan: null, ours: null, ...inARow(0, 0) };
const FAILURE: Effect = { state: 'retrying', plan: 1, ours: 0, ...inARow(1, 0) };
const FINAL: Effect = { state: 'failed', plan: null, ours: null, ...inARow(1, 1) };
const GONE: Effect = { ...FINAL, active: false };
const HELD: Effect = { state: 'retrying', plan: 0, ours: 0, ...inARow(0, 0) };
const OURS: Effect = { state: 'retrying', plan: 0, ours: 1, ...inARow(null, null) };

function inARow(failures_in_a_row: number | null, failed_in_a_row: number | null) {
  return { failures_in_a_row, failed_in_a_row, active: true };
}

const hostile = (kind: HostileKind) => async (): Promise<string> => {
  const receiver = await startHostile(kind);
  closing.push(() => receiver.close());
  return `http://localhost:${receiver.port}/`;
};
const answering = (answer: Answer) => async (): Promise<string> => {
  const receiver = await startReceiver(() => answer);
  closing.push(() => receiver.close());
  return receiver.url;
};
const selfSigned = async (): Promise<string> => {
  const receiver = await startHostile('well_behaved', { tls: tls('self-signed') });
  closing.push(() => receiver.close());
  return `https://localhost:${receiver.port}/`;
};
const closedPort = async (): Promise<string> => {
  const receiver = await startHostile('well_behaved');
  await receiver.close();
  return `http://localhost:${receiver.port}/`;
};

const CASES: [name: string, url: () => string | Promise<string>, reason: string, effect: Effect][] = [
  ['2xx', answering({ status: 204 }), 'ok', SUCCESS],
  ['2xx whose body breaks off', hostile('reset_mid_body'), 'ok', SUCCESS],
  ['2xx whose headers cannot be parsed', hostile('both_lengths'), 'ok', SUCCESS],
  ['2xx with 200 KiB of headers', hostile('huge_header'), 'ok', SUCCESS],
  ['2xx behind a "continue" without a request for it', hostile('unasked_continue'), 'ok', SUCCESS],
  ['a redirect', hostile('redirect_to_loopback'), 'redirect', FAILURE],
  ['400', answering({ status: 400 }), 'bad_request', FAILURE],
  ['413', answering({ status: 413 }), 'too_large', FAILURE],
  ['415', answering({ status: 415 }), 'wrong_type', FAILURE],
  ['422', answering({ status: 422 }), 'bad_request', FAILURE],
  ['401', answering({ status: 401 }), 'not_allowed', FAILURE],
  ['a bot check', answering({ status: 403, headers: { 'cf-mitigated': 'challenge' } }), 'bot_check', FAILURE],
  ['410', answering({ status: 410 }), 'gone', GONE],
  ['429', answering({ status: 429 }), 'rate_limited', HELD],
  ['500', answering({ status: 500 }), 'server_error', FAILURE],
  ['500 whose headers cannot be parsed', hostile('refusal_with_both_lengths'), 'server_error', FAILURE],
  ['503', answering({ status: 503 }), 'down', FAILURE],
  ['a status of 000', hostile('status_000'), 'bad_answer', FAILURE],
  ['no status', hostile('no_status'), 'bad_answer', FAILURE],
  ['no HTTP', hostile('not_http'), 'bad_answer', FAILURE],
  ['silence', hostile('never_answers'), 'timeout', FAILURE],
  ['a hang-up', hostile('hang_up'), 'reset', FAILURE],
  ['a closed port', closedPort, 'refused', FAILURE],
  ['an unknown name', () => 'https://unknown.example.org/', 'dns', FAILURE],
  ['a bad certificate', selfSigned, 'tls_invalid', FAILURE],
  ['a private address', () => 'https://10.0.0.1/', 'blocked_address', FINAL],
  ['settings that cannot be read', answering({ status: 200 }), 'our_fault', OURS],
];

let test: TestApp;
let dns: FakeDns;
let agencyId: string;
const closing: (() => Promise<void>)[] = [];
const webhooks = new Map<string, string>();

beforeAll(async () => {
  dns = await startFakeDns(() => 'not_found');
  // Sends only when the test asks it to.
  const settings = { ROLE: 'api', DNS_SERVERS: dns.address, ATTEMPT_TIMEOUT_MS: '2000', LEASE_MS: '6000' };
  test = await startTestApp(settings);
  agencyId = await test.addAgency();
  for (const [name, url, reason] of CASES) {
    const { id } = await test.addWebhook(agencyId, await url());
    webhooks.set(name, id);
    if (reason === 'our_fault') {
      await test.sql('update webhooks set secret = $2 where id = $1', [id, randomBytes(80)]);
    }
  }
});
afterAll(async () => {
  await test?.close();
  await dns?.close();
  for (const close of closing) await close();
});

async function publishAndSend(): Promise<Map<string, number>> {
  const { attempts } = test.app.get(EngineCounts);
  const before = new Map(attempts);
  const { type } = EVENT_DEFINITIONS[0]!;
  await test.app.get(DomainEvents).publish({ type, agencyId, data: exampleData(EVENT_DEFINITIONS[0]!) });
  await test.app.get(Dispatcher).drainOnce(20_000);
  const more = [...attempts].map(([reason, count]) => [reason, count - (before.get(reason) ?? 0)] as const);
  return new Map(more.filter(([, count]) => count > 0));
}

const countedOf = (cases: typeof CASES): Map<string, number> => {
  const counted = new Map<string, number>();
  for (const [, , reason] of cases) counted.set(reason, (counted.get(reason) ?? 0) + 1);
  return counted;
};

describe('an attempt with the result', () => {
  let counted: Map<string, number>;
  beforeAll(async () => {
    counted = await publishAndSend();
  });

  it.each(CASES)('%s', async (name, _url, reason, effect) => {
    const [row] = await test.sql<Effect & { reason: string }>(
      `select d.last_reason as reason, d.state, q.failures as plan, q.interruptions as ours, h.failures_in_a_row,
         h.failed_deliveries_in_a_row as failed_in_a_row, w.is_active as active
       from webhooks w join webhook_deliveries d on d.webhook_id = w.id
         left join webhook_queue q on q.delivery_id = d.id left join webhook_health h on h.webhook_id = w.id
       where w.id = $1`,
      [webhooks.get(name)],
    );
    expect(row).toEqual({ reason, ...effect });
  });

  it('anything is counted once, under its reason', () => {
    expect(counted).toEqual(countedOf(CASES));
    const ended = { delivered: 5, failed: 2, skipped: 0, cancelled: 0 };
    expect(test.app.get(EngineCounts).ended).toEqual(ended);
  });
});

describe('a probe with the result', () => {
  const active = CASES.filter(([, , , effect]) => effect !== GONE);
  let counted: Map<string, number>;
  beforeAll(async () => {
    await test.sql(
      `insert into webhook_health
         (webhook_id, agency_id, failures_in_a_row, failing_since, paused_at, paused_until, pause_count)
       select id, agency_id, 20, now(), now(), now(), 1 from webhooks
       on conflict (webhook_id) do update set failures_in_a_row = 20, failed_deliveries_in_a_row = 0,
         failing_since = now(), paused_at = now(), paused_until = now(), pause_count = 1, held_since = null,
         held_until = null, holds = 0`,
    );
    counted = await publishAndSend();
  });

  it.each(active)('%s', async (name, _url, _reason, effect) => {
    const [health] = await test.sql(
      `select paused_until > now() as paused, pause_count, failures_in_a_row,
         failed_deliveries_in_a_row as failed_in_a_row
       from webhook_health where webhook_id = $1`,
      [webhooks.get(name)],
    );
    const reopened = { paused: null, pause_count: 0, failures_in_a_row: 0, failed_in_a_row: 0 };
    const stays = {
      paused: true,
      pause_count: 2,
      failures_in_a_row: effect === OURS || effect === HELD ? 20 : 21,
      failed_in_a_row: effect === FINAL ? 1 : 0,
    };
    expect(health).toEqual(effect === SUCCESS ? reopened : stays);
  });

  it('anything is counted once, under its reason', () => {
    expect(counted).toEqual(countedOf(active));
  });
});
