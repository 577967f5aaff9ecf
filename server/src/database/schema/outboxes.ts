/* Messages to people that wait to be sent (outbound/outbox.ts). */

/**
 * A message is pending until sent_at or given_up_at is set. A claim counts an attempt, whose number fences its result.
 */
const PENDING = `created_at timestamptz not null default now(),
  due_at timestamptz not null default now(),
  lease_until timestamptz,
  attempts integer not null default 0,
  sent_at timestamptz,
  given_up_at timestamptz`;
const dueIndex = (table: string) => `
create index ${table}_pending on ${table} (due_at) where sent_at is null and given_up_at is null;`;

export const OUTBOXES = /* sql */ `
-- Mails to people. \`content\` is encrypted, because it may hold a link that signs in, and is emptied once the mail is
-- sent or given up. It and \`agency_id\` are null for a forgotten password: whether a person has the address is looked
-- up when the mail is rendered.
create table mails (
  id uuid primary key,
  agency_id uuid references agencies (id),
  kind text not null check (kind in ('invite', 'password_reset', 'password_changed', 'digest')),
  recipient text not null,
  content bytea,
  ${PENDING}
);
create index mails_recipient on mails (recipient, created_at);
create index mails_agency on mails (agency_id, created_at);${dueIndex('mails')}

-- An alert for one recipient. Recent rows also keep the same alert from being raised twice.
create table alerts (
  id uuid primary key,
  agency_id uuid not null,
  webhook_id uuid not null,
  kind text not null check (kind in ('paused', 'switch_off_soon', 'switched_off', 'recovered',
    'conditions_outdated')),
  channel text not null check (channel in ('email', 'url', 'chat')),
  target text not null,
  facts json not null,
  ${PENDING},
  foreign key (agency_id, webhook_id) references webhooks (agency_id, id)
);
create index alerts_webhook on alerts (webhook_id, created_at);
create index alerts_agency on alerts (agency_id, created_at);${dueIndex('alerts')}
`;
