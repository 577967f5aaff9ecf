import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Response } from 'supertest';
import { addWebhook, applicationCreated, deliveriesOf, offerSent, publish, recruiter } from '../support/client.js';
import { allAre } from '../support/day.js';
import { eventually } from '../support/eventually.js';
import { startReceiver, type Receiver } from '../support/receiver.js';
import { startServer, type TestServer } from '../support/server.js';
import { finalStatesOf } from './oracle.js';

/*
 * The server is killed while actions can still be undone: webhooks deleted or turned off, bulk resends. Afterwards each
 * action has happened completely and once, or not at all, and the server's answers hold.
 */

/** Seconds are left when it is killed, even on a busy machine. */
const UNDO_MS = 8_000;
const TRIES = 4;
const FAILED = 3;
const KEPT = 2;
/** When it is killed, and whether the time to undo ends before it is back. */
const ROUNDS = [
  { at: 0, tooLate: false },
  { at: 0.5, tooLate: false },
  { at: 0.6, tooLate: true },
];

const ACTS = ['delete', 'off', 'resend'] as const;
/** `acting`, `undoing`: the request is in flight when the server is killed. */
const FATES = ['kept', 'undone', 'acting', 'undoing'] as const;

interface Case {
  kind: (typeof ACTS)[number];
  fate: (typeof FATES)[number];
  id: string;
  path: string;
  /** Of the bulk resend. */
  plan: string;
  /** The status of the answer to the action, or to undoing it; null without an answer. */
  answer: number | null;
}

let server: TestServer;
let receiver: Receiver;
beforeAll(async () => {
  const env = { UNDO_SECONDS: String(UNDO_MS / 1000), ATTEMPT_TIMEOUT_MS: '1000', LEASE_MS: '3000' };
  [server, receiver] = await Promise.all([startServer({ env }), startReceiver()]);
});
afterAll(async () => {
  await receiver.close();
  await server.stop();
});

const api = () => recruiter(server);
const statusOf = (sent: PromiseLike<Response>): Promise<number | null> =>
  Promise.resolve(sent).then(
    ({ status }) => status,
    () => null,
  );

function act({ kind, id, plan }: Case): Promise<number | null> {
  if (kind === 'delete') return statusOf(api().delete(`/api/recruiter/webhooks/${id}`));
  if (kind === 'off') return statusOf(api().patch(`/api/recruiter/webhooks/${id}`).send({ is_active: false }));
  return statusOf(api().post('/api/recruiter/recoveries').send({ plan_id: plan }));
}

function undo({ kind, id, plan }: Case): Promise<number | null> {
  if (kind === 'delete') return statusOf(api().post(`/api/recruiter/webhooks/${id}/restore`));
  if (kind === 'off') return statusOf(api().patch(`/api/recruiter/webhooks/${id}`).send({ is_active: true }));
  return statusOf(api().delete(`/api/recruiter/recoveries/${plan}`));
}

async function prepare(round: number, kind: Case['kind'], fate: Case['fate']): Promise<Case> {
  const path = `/${round}-${kind}-${fate}`;
  if (kind === 'resend') receiver.script(path, ...Array.from({ length: FAILED * TRIES }, () => 503));
  const events = [kind === 'resend' ? 'offer.sent' : 'application.created'];
  const { id } = await addWebhook(server, { url: receiver.url(path), events });
  return { kind, fate, id, path, plan: '', answer: null };
}

async function planOf({ id }: Case): Promise<string> {
  const filter = { webhook_id: id, status: ['failed'] };
  const { body } = await api().post('/api/recruiter/recoveries').send({ filter, dry_run: true }).expect(200);
  expect(body).toMatchObject({ count: FAILED });
  return (body as { plan_id: string }).plan_id;
}

/** Whether the action has happened, once nothing is in flight. */
async function hasHappened({ kind, id, plan }: Case): Promise<boolean> {
  if (kind !== 'resend') {
    const { status, body } = await api().get(`/api/recruiter/webhooks/${id}`);
    return kind === 'delete' ? status === 404 : !(body as { is_active: boolean }).is_active;
  }
  const { body } = await api().get(`/api/recruiter/recoveries/${plan}`).expect(200);
  const { status, resent } = body as { status: string; resent: number };
  expect([status, resent]).not.toEqual(['running', expect.anything()]);
  expect([0, FAILED]).toContain(resent);
  return resent > 0;
}

/** What the answer promised: true if the action happens, false if not, null without an answer. */
function promised({ fate, answer }: Case): boolean | null {
  if (answer === null) return null;
  if (answer >= 400) return fate === 'undoing' ? true : null;
  return fate === 'kept' || fate === 'acting';
}

const EXPECTED = {
  delete: ['cancelled', 'delivered'],
  off: ['skipped', 'delivered'],
  resend: ['delivered', 'failed'],
} as const;

const counts = { cases: 0, happened: 0, answered: 0, unanswered: 0, twice: 0 };

it.each(ROUNDS.map((round, index) => [index, round] as const))(
  'kill -9 in round %i, at %j: acts that can be undone happen or do not, once, as it was said',
  async (index, { at, tooLate }) => {
    const cases: Case[] = [];
    for (const kind of ACTS) for (const fate of FATES) cases.push(await prepare(index, kind, fate));
    const [resends, webhooks] = [
      cases.filter(({ kind }) => kind === 'resend'),
      cases.filter(({ kind }) => kind !== 'resend'),
    ];
    for (let n = 0; n < FAILED; n++) await publish(server, offerSent(server));
    for (const one of resends) await allAre(server, one.id, 'failed', FAILED);
    for (const one of resends) one.plan = await planOf(one);

    const begun = performance.now();
    const early = cases.filter(({ fate }) => fate !== 'acting');
    for (const one of early) one.answer = await act(one);
    const waited = (share: number) =>
      eventually(() => expect(performance.now() - begun).toBeGreaterThan(share * UNDO_MS), { timeoutMs: 2 * UNDO_MS });
    // Late enough for anything that does not wait to be in flight.
    await waited(at / 2);
    for (const one of early.filter(({ fate }) => fate === 'undone')) one.answer = await undo(one);
    expect(early.map(({ answer }) => answer! < 300)).toEqual(early.map(() => true));
    for (let n = 0; n < KEPT; n++) await publish(server, applicationCreated(server));
    const on = webhooks.filter(({ fate }) => fate === 'undone' || fate === 'acting');
    for (const { id } of on) await allAre(server, id, 'delivered', KEPT);

    await waited(at);
    let answers = 0;
    const late = cases.filter(({ fate }) => fate === 'acting' || fate === 'undoing');
    const racing = [...late.slice(index), ...late.slice(0, index)].map(async (one) => {
      one.answer = await (one.fate === 'acting' ? act(one) : undo(one));
      answers += 1;
    });
    // Some are answered, some are not.
    await eventually(() => expect(answers).toBeGreaterThanOrEqual(late.length / 2), { everyMs: 1 });
    await server.kill('SIGKILL');
    await Promise.all(racing);
    const beforeRestart = new Map(cases.map(({ path }) => [path, receiver.requests(path).length]));
    if (tooLate) await waited(1);
    await server.restart();

    for (const one of cases) {
      const name = `${one.kind} ${one.fate}, answered ${one.answer}`;
      const happened = await eventually(async () => {
        const now = await hasHappened(one);
        const states = (await deliveriesOf(server, one.id)).map(({ status }) => status);
        const wanted = EXPECTED[one.kind][now ? 0 : 1];
        // Deliveries before it was turned off or deleted stay delivered.
        const others = one.fate === 'acting' && one.kind !== 'resend' ? ['delivered'] : [];
        expect([name, now, states.filter((state) => state !== wanted && !others.includes(state))]).toEqual([
          name,
          now,
          [],
        ]);
        return now;
      });
      const said = promised(one);
      if (said !== null) expect([name, happened]).toEqual([name, said]);
      counts.cases += 1;
      counts.happened += Number(happened);
      counts[one.answer === null ? 'unanswered' : 'answered'] += 1;
      const ids = receiver.requests(one.path).map(({ headers }) => String(headers['x-webhook-delivery']));
      const sent = one.kind === 'resend' ? ids.slice(FAILED * TRIES) : ids;
      counts.twice += sent.length - new Set(sent).size;
      // Only what was in flight when the server was killed may arrive twice.
      if (beforeRestart.get(one.path) === 0 || one.fate !== 'undoing')
        expect([name, sent.length]).toEqual([name, new Set(sent).size]);
      const arrived = one.kind === 'resend' ? happened : !happened || one.fate === 'acting';
      const all = one.kind === 'resend' ? FAILED : KEPT;
      expect([name, new Set(sent).size]).toEqual([name, arrived ? all : 0]);
    }

    // It also applies to later events.
    await publish(server, applicationCreated(server));
    for (const one of webhooks) {
      const on = !(await hasHappened(one));
      await eventually(async () => {
        const states = (await deliveriesOf(server, one.id)).map(({ status }) => status);
        expect([one.path, states.filter((state) => state === 'delivered').length]).toEqual([
          one.path,
          (one.fate === 'acting' || on ? KEPT : 0) + Number(on),
        ]);
      });
    }
    await finalStatesOf(server.dataDir);
    console.log(`after round ${index}: ${JSON.stringify(counts)}`);
  },
  120_000,
);
