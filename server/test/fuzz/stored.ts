import type { ApiApp } from '../api-app.js';

/* In functions of PL/pgSQL, which keep their plans: planning a query of all tables costs more than running it. */

/** Columns that a rejected request may change. */
const ACCESS_TIMES = ['last_used_at', 'last_seen_at'];

const TABLES_SQL = `select relname as name,
    (select string_agg(quote_ident(attname), ', ' order by attnum) from pg_attribute
     where attrelid = c.oid and attnum > 0 and not attisdropped and attgenerated = '') as columns
  from pg_class c
  where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and not relispartition`;

/** Copies all rows and returns a function that restores them, which is cheaper than building the world again. */
export async function keepStored(sql: ApiApp['sql']): Promise<() => Promise<void>> {
  const tables = await sql<{ name: string; columns: string }>(TABLES_SQL);
  await sql(`create schema kept; ${tables.map(({ name }) => `create table kept.${name} as table ${name}`).join('; ')}`);
  const back = tables.map(
    ({ name, columns: all }) =>
      `delete from ${name}; insert into ${name} (${all}) overriding system value select ${all} from kept.${name}`,
  );
  // As on a replica: without triggers and foreign keys.
  await sql(`create function kept.restore() returns void language plpgsql as $$ begin
    set local session_replication_role = replica; ${back.join('; ')}; end $$`);
  return async () => void (await sql('select kept.restore()'));
}

/** Returns a function that computes a checksum of each table. */
export async function storedChecksums(sql: ApiApp['sql']): Promise<() => Promise<Record<string, string>>> {
  const tables = await sql<{ name: string }>(
    `select relname as name from pg_class
     where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and not relispartition`,
  );
  const columns = tables.map(({ name }) => {
    const row = `to_jsonb(t) - '{${ACCESS_TIMES.join(',')}${name === 'sessions' ? ',expires_at' : ''}}'::text[]`;
    const checksum = `count(*) || ' ' || coalesce(sum(hashtextextended((${row})::text, 0)), 0)`;
    return `(select ${checksum} from "${name}" t) as "${name}"`;
  });
  await sql(`create function checksums() returns jsonb language plpgsql as
    $$ begin return (select to_jsonb(t) from (select ${columns.join(', ')}) t); end $$`);
  return async () => (await sql<{ all: Record<string, string> }>('select checksums() as all'))[0]!.all;
}
