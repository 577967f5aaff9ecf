import type { ApiApp } from '../api-app.js';

/** Columns that a rejected request may change. */
const ACCESS_TIMES = ['last_used_at', 'last_seen_at'];

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
  return async () => (await sql<Record<string, string>>(`select ${columns.join(', ')}`))[0]!;
}
