import { BootCheckError } from './login-check.js';

/*
 * Checks in the catalog that PostgreSQL isolates the agencies, so that whatever a person or a tool changed since
 * the migrations is found before the first request. Partitions are checked like tables: an unprotected one leaks
 * when read directly.
 */

interface Table {
  name: string;
  enabled: boolean;
  forced: boolean;
  /** `using` is null when the table was dropped during the check, as old partitions are. */
  policies: { kind: 'tenant' | 'service'; using: string | null; check: string | null }[];
}

type Query = (sql: string) => Promise<Table[]>;

/**
 * Every table with rows of agencies, or with any grant to the tenant role, and its permissive policies for the two
 * roles (one for PUBLIC counts for both).
 */
const TABLES_SQL = /* sql */ `
select c.relname as name, c.relrowsecurity as enabled, c.relforcerowsecurity as forced,
  coalesce((
    select json_agg(json_build_object(
      'kind', k.kind,
      'using', case when p.polqual is null then '' else pg_get_expr(p.polqual, c.oid) end,
      'check', pg_get_expr(p.polwithcheck, c.oid)
    ))
    from pg_policy p
    join (values ('tenant', 'bpoc_tenant'), ('service', 'bpoc_service')) as k (kind, role)
      on p.polroles = '{0}' or to_regrole(k.role) = any(p.polroles)
    where p.polrelid = c.oid and p.polpermissive), '[]') as policies
from pg_class c
where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p', 'm', 'f')
  and (c.relname = 'agencies'
    or exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'agency_id' and not a.attisdropped)
    or has_table_privilege('bpoc_tenant', c.oid, 'select, insert, update, delete'))
order by 1`;

/** @throws BootCheckError that names every table and its fault */
export async function checkTables(query: Query): Promise<void> {
  const tables = await query(TABLES_SQL);
  const faults = [
    fault(tables, ({ enabled }) => !enabled, 'row-level security is off'),
    fault(tables, ({ enabled, forced }) => enabled && !forced, 'row-level security is not forced'),
    fault(tables, (table) => !has(table, 'tenant'), 'the policy of bpoc_tenant is missing'),
    fault(tables, (table) => !has(table, 'service'), 'the policy of bpoc_service is missing'),
    fault(tables, showsMore, 'a policy shows bpoc_tenant more than its own agency'),
  ].filter((line) => line !== null);
  if (!tables.some(({ name }) => name === 'agencies')) faults.push('the table agencies is missing');
  if (faults.length === 0) return;
  throw new BootCheckError(
    `The database does not isolate agencies. docs/operating.md says how to fix it.\n` +
      faults.map((line) => `  - ${line}`).join('\n'),
  );
}

function fault(tables: Table[], isWrong: (table: Table) => boolean, what: string): string | null {
  const names = tables.filter(isWrong).map(({ name }) => name);
  return names.length === 0 ? null : `${what}: ${names.join(', ')}`;
}

const has = ({ policies }: Table, kind: 'tenant' | 'service') => policies.some((policy) => policy.kind === kind);

/** Permissive policies are ORed, so any one other than "rows of the current agency" opens the table. */
function showsMore({ name, policies }: Table): boolean {
  const column = name === 'agencies' ? 'id' : 'agency_id';
  const own = `${column}=nullifcurrent_setting'app.agency_id',true,''::uuid`;
  return policies
    .filter(({ kind }) => kind === 'tenant')
    .some(({ using, check }) => (using !== null && plain(using) !== own) || (check !== null && plain(check) !== own));
}

/** Strips what PostgreSQL adds when it prints an expression: brackets, whitespace and text casts. */
const plain = (expression: string) => expression.toLowerCase().replaceAll(/::text|[\s()]/g, '');
