import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type AuthApp, startAuthApp } from '../../test/auth-app.js';
import { ClockSkew } from './clock-skew.js';
import { DatabaseHealth } from './database-health.js';
import { HealthIndicators } from './health-indicators.js';
import { Pulse } from './pulse.js';
import { ServiceDatabase } from '../database/service-database.js';

describe('health', () => {
  let auth: AuthApp;

  beforeAll(async () => {
    auth = await startAuthApp();
  });

  afterAll(() => auth?.stop());

  it('is ready while database, migrations and all registered checks are ok', async () => {
    const ready = await auth.http().get('/health/ready');
    expect(ready.body).toEqual({
      status: 'ok',
      checks: { database: { ok: true }, migrations: { ok: true }, clock: { ok: true } },
    });
    expect((await auth.http().get('/health/live')).body).toEqual({ status: 'ok' });
  });

  it('asks in one statement what there is to do, and does only that', async () => {
    const pulse = new Pulse(auth.app.get(ServiceDatabase));
    const done: string[] = [];
    const asked = (name: string, sql: string, everyBeats?: number) =>
      pulse.register(name, sql, async () => void done.push(name), everyBeats);
    asked('idle', 'exists (select from agencies where false)');
    asked('busy', 'true');
    asked('slow', 'true', 2);
    await pulse.tick();
    await pulse.tick();
    await pulse.beforeApplicationShutdown();
    await pulse.tick();
    expect(done).toEqual(['busy', 'busy', 'slow']);
  });

  it('is not ready when one check fails, and names it', async () => {
    let dispatcher = { ok: false, detail: 'has not run for 40 s' };
    auth.app.get(HealthIndicators).register('dispatcher', () => dispatcher);
    const answer = await auth.http().get('/health/ready');
    expect(answer.status).toBe(503);
    expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
    expect(answer.body).toMatchObject({
      code: 'not_ready',
      detail: 'Not ready: dispatcher.',
      checks: { dispatcher },
    });
    dispatcher = { ok: true, detail: 'ran now' };
    expect((await auth.http().get('/health/ready')).status).toBe(200);
  });

  it('says that the clock is more than 30 s from the database, and stays ready', async () => {
    const clock = auth.app.get(ClockSkew);
    expect(await clock.health(() => Date.now() + 25_000)).toEqual({ ok: true });
    const ahead = await clock.health(() => Date.now() + 45_000);
    expect(ahead).toEqual({ ok: true, detail: 'the clock is 45 s ahead of the database’s' });
    expect((await clock.health(() => Date.now() - 90_000)).detail).toContain('90 s behind');
  });

  it('is not ready while a migration is missing', async () => {
    const indicators = new HealthIndicators();
    new DatabaseHealth(auth.service, indicators).onModuleInit();
    const asOwner = (sql: string) =>
      auth.service.transaction(async (manager) => {
        await manager.query('set local role none');
        await manager.query(sql);
      });
    await asOwner('alter table migrations rename to migrations_away');
    expect((await indicators.checkAll())['migrations']).toMatchObject({
      ok: false,
      detail: expect.stringContaining('npm run migrate'),
    });
    await asOwner('alter table migrations_away rename to migrations');
    expect((await indicators.checkAll())['migrations']).toEqual({ ok: true });
  });
});
