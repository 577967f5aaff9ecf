import type pg from 'pg';

/* Writes a day of the log directly, since a test cannot wait for a day. The only place that knows its tables. */

export interface PastEvent {
  id: string;
  type: string;
  at: Date;
  subject: { kind: string; id: string };
  body: string;
}

export interface PastAttempt {
  at: Date;
  reason: string;
  status: number | null;
  ms: number;
  body: string | null;
}

export interface PastDelivery {
  event: PastEvent;
  webhookId: string;
  state: 'waiting' | 'retrying' | 'delivered' | 'failed' | 'skipped';
  /** Why it was never sent. */
  reason: string | null;
  attempts: PastAttempt[];
  /** When it is due, if it is pending. */
  dueAt: Date | null;
  finishedAt: Date | null;
}

export interface PastHealth {
  webhookId: string;
  failures: number;
  failedDeliveries: number;
  failingSince: Date | null;
  lastSuccessAt: Date | null;
  pausedAt: Date | null;
  pausedUntil: Date | null;
}

const inSteps = function* (rows: readonly unknown[]): Generator<string> {
  for (let from = 0; from < rows.length; from += 500) yield JSON.stringify(rows.slice(from, from + 500));
};

/** Stores a day of an agency's log, with the counts and the health that follow from it; needs a superuser. */
export async function writeHistory(
  client: pg.Client,
  agencyId: string,
  { events, deliveries, health }: { events: PastEvent[]; deliveries: PastDelivery[]; health: PastHealth[] },
): Promise<void> {
  const write = async (sql: string, rows: readonly unknown[]): Promise<void> => {
    for (const json of inSteps(rows)) await client.query(sql, [json, agencyId]);
  };
  // At once: the server sends what it finds.
  await client.query('begin');
  await write(
    `insert into webhook_events (id, agency_id, type, occurred_at, accepted_at, subject_kind, subject_id, body)
     select id, $2, type, at, at, subject->>'kind', subject->>'id', body
     from json_to_recordset($1) as e(id uuid, type text, at timestamptz, subject json, body text)`,
    events,
  );
  const flat = deliveries.map(({ event, attempts, reason, ...delivery }) => {
    const last = attempts.at(-1);
    return {
      ...delivery,
      eventId: event.id,
      type: event.type,
      at: event.at,
      subject: event.subject,
      attempts,
      count: attempts.length,
      status: last?.status ?? null,
      reason: last?.reason ?? reason,
      ms: last?.ms ?? null,
    };
  });
  const columns = `d("eventId" uuid, "webhookId" uuid, type text, at timestamptz, subject json, state text, count int,
    status int, reason text, ms int, "dueAt" timestamptz, "finishedAt" timestamptz, attempts json)`;
  // A delivery without an attempt that waits has no row in the log yet.
  await write(
    `insert into webhook_deliveries (agency_id, id, webhook_id, event_id, event_type, state, attempts, last_status,
       last_reason, duration_ms, next_attempt_at, finished_at)
     select $2, delivery_id("eventId", "webhookId"), "webhookId", "eventId", type, state, count, status, reason, ms,
       "dueAt", "finishedAt" from json_to_recordset($1) as ${columns} where "dueAt" is null or count > 0`,
    flat,
  );
  await write(
    `insert into webhook_queue (delivery_id, agency_id, webhook_id, event_id, event_type, due_at, attempt, failures,
       logged)
     select delivery_id("eventId", "webhookId"), $2, "webhookId", "eventId", type, "dueAt", count, count, count > 0
     from json_to_recordset($1) as ${columns} where "dueAt" is not null`,
    flat,
  );
  await write(
    `insert into webhook_attempts (delivery_id, n, agency_id, webhook_id, started_at, outcome, reason, status,
       duration_ms, first_byte_ms, version, release, signed_at, signatures, response_headers, response_body,
       response_encoding)
     select delivery_id("eventId", "webhookId"), a.n, $2, "webhookId", (a.try->>'at')::timestamptz,
       case when a.try->>'reason' = 'ok' then 'succeeded' else 'failed' end, a.try->>'reason',
       (a.try->>'status')::int, (a.try->>'ms')::int, (a.try->>'ms')::int - 1, 1, '0.1.0',
       extract(epoch from (a.try->>'at')::timestamptz)::int, 1, '{"content-type":"application/json"}',
       a.try->>'body', case when a.try->>'body' is not null then 'utf-8' end
     from json_to_recordset($1) as ${columns}
     cross join lateral json_array_elements(d.attempts) with ordinality as a(try, n)`,
    flat,
  );
  await write(
    `insert into webhook_hours (agency_id, webhook_id, hour, delivered, failed, failed_attempts)
     select $2, webhook_id, hour, sum(delivered), sum(failed), sum(tries) from (
       select webhook_id, date_trunc('hour', finished_at, 'UTC') as hour, count(*) filter (where state = 'delivered')
         as delivered, count(*) filter (where state = 'failed') as failed, 0 as tries
       from webhook_deliveries where agency_id = $2 and finished_at is not null group by 1, 2
       union all
       select webhook_id, date_trunc('hour', started_at, 'UTC'), 0, 0, count(*) from webhook_attempts
       where agency_id = $2 and outcome = 'failed' group by 1, 2) x
     where json_array_length($1) > 0 group by 1, 2, 3 having sum(delivered + failed + tries) > 0`,
    [1],
  );
  await write(
    `insert into webhook_health (webhook_id, agency_id, failures_in_a_row, failed_deliveries_in_a_row, failing_since,
       last_attempt_at, last_success_at, last_status, last_reason, paused_at, paused_until, pause_count)
     select h."webhookId", $2, failures, "failedDeliveries", "failingSince", t.started_at, "lastSuccessAt", t.status,
       t.reason, "pausedAt", "pausedUntil", case when "pausedUntil" is null then 0 else 7 end
     from json_to_recordset($1) as h("webhookId" uuid, failures int, "failedDeliveries" int, "failingSince" timestamptz,
       "lastSuccessAt" timestamptz, "pausedAt" timestamptz, "pausedUntil" timestamptz)
     cross join lateral (select * from webhook_attempts a where a.webhook_id = h."webhookId"
       order by started_at desc limit 1) t
     on conflict (webhook_id) do nothing`,
    health,
  );
  await client.query('commit');
  await client.query('analyze');
}
