import { addWebhook, publish, recruiter, type CreatedWebhook } from '../client.js';
import { withDatabase } from '../database.js';
import { randomFrom } from '../large-log/changes.js';
import type { Receiver } from '../receiver.js';
import type { TestServer } from '../server.js';
import { FATES, type Fate } from './fates.js';
import { writeHistory, type PastAttempt, type PastDelivery, type PastEvent, type PastHealth } from './history.js';

/*
 * A Monday morning: ten webhooks with different histories and a few thousand deliveries of the last 24 hours, with
 * realistic times. Webhooks are added through the API, and their servers answer as they did in the night. Start the
 * server with its real delays.
 */

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const PLAN_MS = [MINUTE_MS, 5 * MINUTE_MS, 30 * MINUTE_MS];
const EVENTS = 1_500;

export interface Morning {
  webhooks: Record<string, CreatedWebhook>;
  deliveries: number;
}

const PEOPLE = ['Maria Santos', 'Jonas Weber', 'Aiko Tanaka', 'Liam O’Brien', 'Fatima Zahra', 'Noah Kim', 'Eva Novak'];
const JOBS = ['Customer Service Representative', 'Accountant', 'Night Shift Nurse', 'Data Engineer'];
const TYPES: readonly [type: string, share: number][] = [
  ['application.created', 0.26],
  ['application.status_changed', 0.4],
  ['interview.scheduled', 0.14],
  ['interview.completed', 0.1],
  ['offer.sent', 0.05],
  ['offer.accepted', 0.03],
  ['placement.created', 0.02],
];

export async function seedMorning(server: TestServer, receiver: Receiver, now = Date.now()): Promise<Morning> {
  const luck = randomFrom(7);
  const webhooks: Morning['webhooks'] = {};
  for (const { name, events, now: answer, off } of FATES.toReversed()) {
    const path = `/${name.toLowerCase().replaceAll(' ', '-')}`;
    webhooks[name] = await addWebhook(server, { description: name, events, url: receiver.url(path) });
    if (answer) receiver.script(path, ...Array.from({ length: 4_000 }, () => answer));
    if (off?.reason === 'person')
      await recruiter(server).patch(`/api/recruiter/webhooks/${webhooks[name].id}`).send({ is_active: false });
  }
  const events = Array.from({ length: EVENTS }, (_, n) => happened(n, now, luck)).toSorted(
    (a, b) => a.at.getTime() - b.at.getTime(),
  );
  const deliveries: PastDelivery[] = [];
  const health: PastHealth[] = [];
  for (const fate of FATES) {
    const { id } = webhooks[fate.name]!;
    const told = events.filter(({ type, at }) => takes(fate, type) && now - at.getTime() < (fate.age ?? DAY_MS));
    const its = told.map((event) => become(event, id, fate, now, luck));
    deliveries.push(...its);
    health.push(healthOf(id, its, fate, now));
  }
  await withDatabase(server.dataDir, async (client) => {
    await writeHistory(client, server.demo.agencyId, { events, deliveries, health });
    // An age and a 410 for which no test can wait.
    for (const { name, off, age = 40 * DAY_MS } of FATES) {
      const { id } = webhooks[name]!;
      await client.query(`update webhooks set created_at = $2 where id = $1`, [id, new Date(now - age)]);
      if (off)
        await client.query(`update webhooks set is_active = false, off_reason = $2, off_at = $3 where id = $1`, [
          id,
          off.reason,
          new Date(now - off.ago),
        ]);
    }
  });
  // And one that happens now, through the API.
  const { type, body } = happened(EVENTS, now, () => 0.01);
  const { data } = JSON.parse(body) as { data: Record<string, unknown> };
  await publish(server, { type, agencyId: server.demo.agencyId, data });
  return { webhooks, deliveries: deliveries.length };
}

function takes({ events }: Fate, type: string): boolean {
  return events.some(
    (name) => name === '*' || name === type || (name.endsWith('.*') && type.startsWith(name.slice(0, -1))),
  );
}

/** More by day than by night, and most in the last hours. */
function happened(n: number, now: number, luck: () => number): PastEvent {
  const ago = Math.floor(luck() ** 1.6 * DAY_MS) + 5_000;
  const at = new Date(now - ago);
  let below = luck();
  const type = (TYPES.find(([, share]) => (below -= share) < 0) ?? TYPES[0]!)[0];
  const [applicationId, candidateId, jobId] = [`A-${2_000 + (n % 400)}`, `C-${300 + (n % 400)}`, `J-${20 + (n % 9)}`];
  const person = { applicationId, candidateId };
  const kind = type.split('.')[0]!;
  const more: Record<string, Record<string, unknown>> = {
    'application.created': {
      jobId,
      candidateName: PEOPLE[n % PEOPLE.length],
      candidateEmail: `candidate${n % 400}@example.com`,
      jobTitle: JOBS[n % JOBS.length],
    },
    'application.status_changed': { jobId, oldStatus: 'applied', newStatus: n % 3 ? 'shortlisted' : 'rejected' },
    'interview.scheduled': { interviewId: `I-${n}`, scheduledAt: at.toISOString(), interviewType: 'client_round_1' },
    'interview.completed': { interviewId: `I-${n}`, completedAt: at.toISOString(), interviewType: 'client_round_1' },
    'offer.sent': { offerId: `O-${n}`, sentAt: at.toISOString() },
    'offer.accepted': { offerId: `O-${n}`, acceptedAt: at.toISOString() },
    'placement.created': { placementId: `P-${n}`, jobId, startDate: '2027-01-04' },
  };
  const data = { ...more[type], ...person };
  const subject = { kind, id: kind === 'application' ? applicationId : String(more[type]?.[`${kind}Id`]) };
  const body = JSON.stringify({ event: type, timestamp: at.toISOString(), data });
  return { id: idAt(at.getTime(), n), type, at, subject, body };
}

/** A UUIDv7 with this time. */
function idAt(ms: number, n: number): string {
  const time = ms.toString(16).padStart(12, '0');
  const rest = (n + 1).toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7${(n % 4_096).toString(16).padStart(3, '0')}-8abc-${rest}`;
}

/** The tries of an event at a webhook up to now. */
function become(event: PastEvent, webhookId: string, fate: Fate, now: number, luck: () => number): PastDelivery {
  const at = event.at.getTime();
  const offAt = fate.off ? now - fate.off.ago : Infinity;
  const pausedAt = fate.paused ? now - fate.paused.ago : Infinity;
  const base = { event, webhookId, reason: null, dueAt: null, finishedAt: null };
  const attempts: PastAttempt[] = [];
  let tryAt = at + 40 + Math.round(luck() * 80);
  for (const wait of [...PLAN_MS, null]) {
    if (tryAt >= offAt) {
      const reason = fate.off!.reason === 'gone' || at >= offAt ? 'webhook_off' : null;
      return { ...base, state: 'skipped', reason, attempts, finishedAt: new Date(Math.max(at, offAt)) };
    }
    if (tryAt >= pausedAt) {
      const dueAt = new Date(Math.min(tryAt, now + fate.paused!.nextProbeMs));
      return { ...base, state: attempts.length > 0 ? 'retrying' : 'waiting', attempts, dueAt };
    }
    if (tryAt > now)
      return { ...base, state: attempts.length > 0 ? 'retrying' : 'waiting', attempts, dueAt: new Date(tryAt) };
    const answer = fate.answer(now - tryAt, luck());
    attempts.push({
      at: new Date(tryAt),
      reason: answer.reason,
      status: answer.status,
      ms: answer.ms,
      body: answer.body ?? null,
    });
    const endedAt = new Date(tryAt + answer.ms);
    if (answer.reason === 'ok') return { ...base, state: 'delivered', attempts, finishedAt: endedAt };
    if (wait === null) return { ...base, state: 'failed', attempts, finishedAt: endedAt };
    tryAt += answer.ms + wait;
  }
  throw new Error('a plan ends');
}

function healthOf(webhookId: string, deliveries: readonly PastDelivery[], fate: Fate, now: number): PastHealth {
  const tries = deliveries
    .flatMap((delivery) => delivery.attempts.map((attempt) => ({ ...attempt, delivery })))
    .toSorted((a, b) => a.at.getTime() - b.at.getTime());
  const lastSuccess = tries.findLast(({ reason }) => reason === 'ok');
  const since = tries.slice(lastSuccess ? tries.lastIndexOf(lastSuccess) + 1 : 0);
  const failed = new Set(since.filter(({ delivery }) => delivery.state === 'failed').map(({ delivery }) => delivery));
  return {
    webhookId,
    failures: since.length,
    failedDeliveries: fate.paused ? Math.max(5, failed.size) : Math.min(4, failed.size),
    failingSince: since[0]?.at ?? null,
    lastSuccessAt: lastSuccess?.at ?? null,
    pausedAt: fate.paused ? new Date(now - fate.paused.ago) : null,
    pausedUntil: fate.paused ? new Date(now + fate.paused.nextProbeMs) : null,
  };
}
