import { sleep } from './clock.js';
import { cpuBetween, cpuTimes } from './cpu.js';
import type { Schema } from './database.js';
import type { Bench } from './measure.js';
import { figure, sayTable } from './report.js';
import { startServer } from './server.js';

/* The CPU time of an idle server, by the number of webhooks that exist. */

const WEBHOOKS = [0, 1_000, 10_000];
/** Existing webhooks have delivered before, so they have a row in webhook_health. */
const HEALTH_SQL = `
insert into webhook_health (webhook_id, agency_id, last_attempt_at, last_success_at, last_status, last_reason)
select id, agency_id, now(), now(), 200, 'ok' from webhooks on conflict do nothing`;
const SECONDS = 20;
const SETTLING_MS = 3_000;
/** Per agency. */
const EACH = 100;

export interface IdleCpu {
  webhooks: number;
  /** Milliseconds of CPU a second. */
  server: number;
  postgres: number | null;
}

export async function idleCpu(schema: Schema, bench: Omit<Bench, 'server'>): Promise<IdleCpu[]> {
  const { receiver, postmaster } = bench;
  const server = await startServer(schema);
  const results: IdleCpu[] = [];
  let added = 0;
  try {
    for (const webhooks of WEBHOOKS) {
      for (; added < webhooks; added += EACH) {
        await server.addAgency(Array.from({ length: EACH }, (_, n) => `${receiver.origin}/ok/${n}`));
      }
      await schema.sql(HEALTH_SQL);
      await schema.sql('vacuum analyze');
      await sleep(SETTLING_MS);
      const before = await cpuTimes(postmaster, receiver);
      await sleep(SECONDS * 1000);
      const used = cpuBetween(before, await cpuTimes(postmaster, receiver));
      const postgres = used.postgres === null ? null : used.postgres / SECONDS;
      results.push({ webhooks, server: used.server / SECONDS, postgres });
    }
  } finally {
    await server.close();
  }
  return results;
}

export function reportIdleCpu(results: readonly IdleCpu[]): void {
  sayTable(
    ['idle, ms of CPU a second', 'server', 'PostgreSQL', 'target'],
    results.map(({ webhooks, server, postgres }) => [
      `${figure(webhooks)} webhooks`,
      figure(server),
      figure(postgres ?? Number.NaN),
      'together 6',
    ]),
  );
}
