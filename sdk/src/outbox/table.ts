/** The version of the table that this package needs. */
export const TABLE_VERSION = 1;
export const DEFAULT_TABLE = 'bpoc_outbox';

export interface OutboxSqlOptions {
  /** `name` or `schema.name`. Default `bpoc_outbox`. */
  table?: string;
  /** The version of the existing table; only the changes since then are returned. Default 0: there is no table. */
  from?: number;
}

/** The quoted name. Throws unless it is `name` or `schema.name` of letters, digits and underscores. */
export function tableName(table = DEFAULT_TABLE): string {
  if (/^([A-Za-z_]\w*\.)?[A-Za-z_]\w*$/.test(table)) return table;
  throw new Error(`"${table}" is not the name of a table: write name or schema.name`);
}

/** The statements of each version, in order. A released one never changes. */
const VERSIONS: ((table: string, name: string) => string)[] = [
  (table, name) => `create table if not exists ${table} (
  position bigint generated always as identity primary key,
  id text not null,
  event text not null,
  created_at timestamptz not null default clock_timestamp(),
  sent_at timestamptz,
  rejected_at timestamptz,
  reason text
);
create index if not exists ${name}_waiting on ${table} (position) where sent_at is null and rejected_at is null;
create index if not exists ${name}_rejected on ${table} (rejected_at) where rejected_at is not null;
create index if not exists ${name}_sent on ${table} (sent_at) where sent_at is not null;`,
];

/** SQL that creates the table or upgrades it to this package's version, for a migration of the service. */
export function outboxSql({ table, from = 0 }: OutboxSqlOptions = {}): string {
  const quoted = tableName(table);
  if (!Number.isInteger(from) || from < 0 || from > TABLE_VERSION)
    throw new Error(`the version must be a number from 0 to ${TABLE_VERSION}`);
  const name = quoted.split('.').at(-1)!;
  const steps = VERSIONS.slice(from).map((sql, index) => `-- version ${from + index + 1}\n${sql(quoted, name)}\n`);
  if (steps.length === 0) return '';
  // The relay reads the version from the comment and reports an old table.
  return `${steps.join('')}comment on table ${quoted} is '${versionComment(TABLE_VERSION)}';\n`;
}

const versionComment = (version: number): string => `bpoc-webhooks outbox, version ${version}`;

/** The version in a table's comment; 0 without one. */
export function versionIn(comment: string | null): number {
  return Number(/^bpoc-webhooks outbox, version (\d+)/.exec(comment ?? '')?.[1] ?? 0);
}
