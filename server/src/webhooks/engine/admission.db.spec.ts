import { beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import request, { type Response } from 'supertest';
import { type Agency, apiPerFile } from '../../../test/api-app.js';
import { eventually } from '../../../test/eventually.js';
import { ApiKeys } from '../../auth/keys/api-keys.service.js';
import { DATABASE, type DatabaseSettings } from '../../database/database-settings.js';
import { ServiceDatabase } from '../../database/service-database.js';
import { EVENT_DEFINITIONS, exampleData } from '../../events/catalogue/catalogue.js';
import { DomainEvents } from '../../events/domain-events.js';
import { Intake, MAX_WAITING, MAX_WAITING_BYTES } from './intake.js';

/* Publishers that send more than the database can store are asked to retry, and the answers they got are true. */

const EVENT_BYTES = 240 * 1024;
const ARRAY_EVENTS = 30;
/** An array is about 7 MiB, so four fit, and about 15 of the single events that come after them. */
const ARRAYS = 5;
const SINGLES = 20;

const api = apiPerFile({ ROLE: 'api' });
let agency: Agency;
let token: string;

beforeAll(async () => {
  agency = await api.addAgency();
  const about = { name: 'publisher', scopes: ['publish' as const], agencyIds: null, createdBy: 'test' };
  ({ token } = await api.app
    .get(ServiceDatabase)
    .transaction((manager) => api.app.get(ApiKeys).issueServiceToken(manager, about)));
});

const definition = EVENT_DEFINITIONS.find(({ type }) => type === 'application.created')!;
const event = (candidateId: string, bytes = 0) => ({
  type: definition.type,
  agencyId: agency.id,
  data: { ...exampleData(definition), candidateId, candidateName: `x${'y'.repeat(bytes)}` },
});
const publish = async (body: object): Promise<Response> =>
  await request(api.app.getHttpServer())
    .post('/api/internal/events')
    .set('authorization', `Bearer ${token}`)
    .send(body);

/** A transaction that blocks every other store of an event. */
async function blockIntake(): Promise<() => Promise<void>> {
  const owner = new pg.Client(api.app.get<DatabaseSettings>(DATABASE).directUrl);
  await owner.connect();
  await owner.query('begin; lock table webhook_events in share mode');
  return async () => {
    await owner.query('commit');
    await owner.end();
  };
}

/** Values of candidateId of everything that was stored. */
const stored = async (): Promise<string[]> =>
  (await api.sql<{ value: string }>(`select body::json #>> '{data,candidateId}' as value from webhook_events`)).map(
    ({ value }) => value,
  );

const intake = () => api.app.get(Intake);

describe('a server that receives more events than the database can store', () => {
  it('refuses arrays and events above its memory limit with 429, and stores exactly the others', async () => {
    const unblock = await blockIntake();
    const arrays = Array.from({ length: ARRAYS }, (_, n) => `array-${n}`);
    const singles = Array.from({ length: SINGLES }, (_, n) => `single-${n}`);
    const answers = new Map<string, Response>();
    const ask = async (id: string, body: object) => void answers.set(id, await publish(body));
    const many = (id: string) => Array.from({ length: ARRAY_EVENTS }, () => event(id, EVENT_BYTES));
    const asked: Promise<void>[] = [];
    const { admission } = intake();
    /** One after the other, so that parsing them all at once does not block this process. */
    const begin = async (id: string, body: object) => {
      const seen = admission.events + admission.refused;
      asked.push(ask(id, body));
      await eventually(() => expect(admission.events + admission.refused).toBeGreaterThan(seen));
    };
    for (const id of arrays) await begin(id, many(id));
    for (const id of singles) await begin(id, event(id, EVENT_BYTES));
    // The admitted ones wait for the database, so every request answered by now was refused.
    expect(admission.bytes).toBeLessThanOrEqual(MAX_WAITING_BYTES);
    expect(admission.events).toBeGreaterThan(4 * ARRAY_EVENTS);
    await unblock();
    await Promise.all(asked);

    const statuses = [...answers.values()].map(({ status }) => status);
    expect(new Set(statuses)).toEqual(new Set([202, 429]));
    const of = (ids: string[], status: number) => ids.filter((id) => answers.get(id)!.status === status);
    expect(of(arrays, 429)).toHaveLength(1);
    expect(of(singles, 429).length).toBeGreaterThan(0);
    for (const id of [...of(arrays, 429), ...of(singles, 429)]) {
      const { body, headers } = answers.get(id)!;
      expect(body).toMatchObject({ code: 'intake_full', status: 429 });
      expect(headers['retry-after']).toBe('1');
    }
    const kept = await stored();
    const expected = [...of(arrays, 202).flatMap((id) => many(id).map(() => id)), ...of(singles, 202)];
    expect(kept.toSorted()).toEqual(expected.toSorted());
    expect({ events: admission.events, bytes: admission.bytes }).toEqual({ events: 0, bytes: 0 });
    const { text } = await request(api.app.getHttpServer()).get('/metrics');
    expect(text).toContain(`bpoc_events_refused_total ${admission.refused}\n`);
    expect(text).toContain('bpoc_intake_buffered_bytes 0\n');
  });

  it('refuses small events above their maximum number, and accepts again once there is capacity', async () => {
    const unblock = await blockIntake();
    const events = api.app.get(DomainEvents);
    const one = (n: number) => events.publish(event(`small-${n}`));
    const accepted = Array.from({ length: MAX_WAITING }, (_, n) => one(n));
    await expect(one(-1)).rejects.toMatchObject({ code: 'intake_full', retryAfterSeconds: 1 });
    expect(await publish(event('small--2'))).toMatchObject({ status: 429 });
    await unblock();
    await Promise.all(accepted);
    expect(await publish(event('small--3'))).toMatchObject({ status: 202 });
    const small = (await stored()).filter((id) => id.startsWith('small-'));
    expect(new Set(small).size).toBe(MAX_WAITING + 1);
    expect(small).not.toContain('small--1');
    expect(small).not.toContain('small--2');
  });
});
