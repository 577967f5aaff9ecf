import { uuidFloor } from '../../../lib/ids.js';
import { DAYS_AHEAD, PARTITION_KEY, type PartitionedTable } from '../../../database/partitions.js';
import { DAY_MS } from '../../../lib/time.js';

/*
 * Statements that delete expired rows outside the partitions that can be dropped. Each takes at most $1 rows, so that
 * it does not hit the statement timeout, and is repeated until it finds fewer. Run by retention, as bpoc_service.
 */

export interface Purge {
  /** For the log. */
  what: string;
  sql: string;
  values?: unknown[];
}

const deleteWhere = (table: string, over: string) =>
  `delete from ${table} where ctid = any(array(select ctid from ${table} where ${over} limit $1))`;

/** The longest series in the app shows 30 days. */
const HOURS_DAYS = 35;

/** Longer than a message bus keeps a message that it may deliver again. */
const KEY_DAYS = 14;

const BY_AGE: readonly Purge[] = [
  { what: 'idempotency keys', sql: deleteWhere('idempotency_keys', `created_at < now() - interval '7 days'`) },
  { what: 'messages of test inboxes', sql: deleteWhere('inbox_messages', `received_at < now() - interval '7 days'`) },
  { what: 'rejected events', sql: deleteWhere('rejected_events', `rejected_at < now() - interval '30 days'`) },
  { what: 'hours of mails', sql: deleteWhere('mail_hours', `hour < now() - interval '2 days'`) },
  { what: 'digests', sql: deleteWhere('digests', `period_end < now() - interval '30 days'`) },
  { what: 'sessions', sql: deleteWhere('sessions', 'expires_at <= now()') },
  { what: 'hourly counts', sql: deleteWhere('webhook_hours', `hour < now() - interval '${HOURS_DAYS} days'`) },
  {
    // A plan older than a day is outdated and refused when it is run; the other recoveries expire with the log they
    // refer to.
    what: 'recoveries',
    sql: deleteWhere(
      'recoveries',
      `state = 'planned' and created_at < now() - interval '2 days'
        or state <> 'running' and created_at < now() - interval '30 days'`,
    ),
  },
  {
    // Neither what is shown nor what is signed changes, so neither version nor ETag does.
    what: 'previous secrets',
    sql: `update webhooks
      set previous_secret = null, previous_secret_last4 = null, previous_secret_until = null, secret_switched = true
      where previous_secret_until < now() - interval '1 minute' and id = any(array(
        select id from webhooks where previous_secret_until < now() - interval '1 minute' limit $1))`,
  },
];

/** Everything that expires with its age or with the log. */
export function expiredRows(nowMs: number, retentionDays: number): Purge[] {
  const keptFromMs = nowMs - (retentionDays + 1) * DAY_MS;
  return [
    ...BY_AGE,
    {
      what: 'keys of publishers',
      sql: deleteWhere('publish_keys', 'event_id < $2'),
      values: [uuidFloor(nowMs - KEY_DAYS * DAY_MS)],
    },
    {
      // A version is used until there is the next one.
      what: 'versions of webhooks',
      sql: deleteWhere(
        'webhook_versions v',
        `exists (select from webhook_versions w
           where w.webhook_id = v.webhook_id and w.version > v.version and w.created_at < $2)
         or exists (select from webhooks w where w.id = v.webhook_id and w.deleted_at < $2)`,
      ),
      values: [new Date(keptFromMs)],
    },
    {
      what: 'names in messages',
      sql: deleteWhere('message_names', 'delivery_id < $2'),
      values: [uuidFloor(keptFromMs)],
    },
    {
      what: 'names of records',
      sql: deleteWhere('records', 'seen_at < $2'),
      values: [new Date(keptFromMs)],
    },
    {
      what: 'groups',
      sql: deleteWhere(
        'webhook_groups g',
        `g.created_at < $2 and not exists (select from webhook_queue q where q.group_id = g.id)`,
      ),
      values: [new Date(keptFromMs)],
    },
    {
      what: 'mails of attempts',
      sql: deleteWhere('attempt_mails', 'delivery_id < $2'),
      values: [uuidFloor(keptFromMs)],
    },
    {
      what: 'recipients of deleted webhooks',
      sql: deleteWhere(
        'webhook_recipients r',
        'exists (select from webhooks w where w.id = r.webhook_id and w.deleted_at < $2)',
      ),
      values: [new Date(keptFromMs)],
    },
    {
      // Addresses that declined, or were asked as often as is allowed, are kept, so that they are not asked again.
      what: 'answers of recipients',
      sql: deleteWhere(
        'mail_consents c',
        `c.state <> 'declined' and c.questions < 3 and (c.asked_at is null or c.asked_at < $2) and not exists (
           select from webhook_recipients r where r.agency_id = c.agency_id and r.email = c.email)`,
      ),
      values: [new Date(keptFromMs)],
    },
    ...defaultRows(nowMs, retentionDays),
  ];
}

/** When a row was written, by the database clock: ids in the default partition come from clocks that were wrong. */
const WRITTEN: Record<PartitionedTable, string> = {
  webhook_deliveries: 'finished_at',
  webhook_attempts: 'started_at',
  webhook_events: 'accepted_at',
};

/**
 * Rows of the default partitions whose id is older than the retention or of a future day, and that were written before
 * the retention. Pending deliveries stay, and what belongs to them, hence this order.
 */
function defaultRows(nowMs: number, retentionDays: number): Purge[] {
  const keptFromMs = nowMs - retentionDays * DAY_MS;
  const values = [uuidFloor(keptFromMs), uuidFloor(nowMs + (DAYS_AHEAD + 1) * DAY_MS), new Date(keptFromMs)];
  const purge = (table: PartitionedTable, belongs: string): Purge => {
    const key = PARTITION_KEY[table];
    return {
      what: `rows of ${table}_default`,
      // The id bounds let the planner skip all other partitions; a ctid is only valid within one table.
      sql: `delete from ${table} t where t.tableoid = '${table}_default'::regclass and (t.${key} < $2 or t.${key} >= $3)
        and t.ctid = any(array(
          select x.ctid from ${table} x
          where x.tableoid = '${table}_default'::regclass and (x.${key} < $2 or x.${key} >= $3)
             and x.${WRITTEN[table]} < $4
            and not exists (${belongs}) limit $1))`,
      values,
    };
  };
  return [
    purge('webhook_deliveries', 'select from webhook_queue q where q.delivery_id = x.id'),
    purge('webhook_attempts', 'select from all_deliveries d where d.agency_id = x.agency_id and d.id = x.delivery_id'),
    // A delivery shares the first 64 bits of its event's id.
    purge(
      'webhook_events',
      `select from all_deliveries d where d.agency_id = x.agency_id
         and d.id >= (left(x.id::text, 19) || '0000-000000000000')::uuid
         and d.id <= (left(x.id::text, 19) || 'ffff-ffffffffffff')::uuid and d.event_id = x.id`,
    ),
  ];
}

/** Default partitions with rows, by statistics: counting the rows would read all partitions. */
export const IN_DEFAULT_SQL = `
select relname as name, n_live_tup::int as rows from pg_stat_all_tables
where relname = any($1) and n_live_tup > 0 order by 1`;
