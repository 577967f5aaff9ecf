import type pg from 'pg';
import {
  ATTEMPTS,
  DELIVERIES,
  EVENTS,
  FUNCTIONS,
  HAPPENED,
  PARTITIONS,
  QUEUE,
  SETTLED,
  RECIPIENTS,
  RECIPIENTS_PER_EVENT,
} from './fill-sql.js';

/*
 * Four weeks of a large agency's log, made with SQL; a million real deliveries take ten minutes and are all of today.
 */

export const DAYS = 28;
const DAY_MS = 86_400_000;

export interface Share {
  agencyId: string;
  /** Deliveries, spread evenly over the days. */
  rows: number;
}

/** Stores the deliveries of each agency, for its existing webhooks; needs a superuser to bypass row-level security. */
export async function fillLog(client: pg.Client, shares: Share[], now: number): Promise<void> {
  await client.query(`set synchronous_commit = off; set work_mem = '256MB'; select setseed(0.5); ${FUNCTIONS}`);
  const today = Math.floor(now / DAY_MS) * DAY_MS;
  for (let day = DAYS - 1; day >= 0; day--) {
    const from = today - day * DAY_MS;
    await client.query(PARTITIONS(new Date(from).toISOString().slice(0, 10).replaceAll('-', ''), from, from + DAY_MS));
    for (const { agencyId, rows } of shares) {
      const count = Math.floor((rows * (DAYS - day)) / DAYS) - Math.floor((rows * (DAYS - day - 1)) / DAYS);
      const to = day === 0 ? Math.max(now, from + 1000) : from + DAY_MS - 1;
      // A few more than needed on average, so that there are enough each day.
      const { rows: average } = await client.query<{ each: number }>(RECIPIENTS_PER_EVENT, [agencyId]);
      await client.query(HAPPENED, [agencyId, Math.ceil((count * 1.04) / average[0]!.each) + 20, from, to]);
      await client.query(RECIPIENTS, [agencyId, count, now]);
      for (const sql of [SETTLED, EVENTS, DELIVERIES, ATTEMPTS, QUEUE]) await client.query(sql);
      await client.query('drop table happened, recipients, settled');
    }
  }
  // As autovacuum does within minutes.
  await client.query('vacuum (analyze)');
  await client.query('checkpoint');
}
