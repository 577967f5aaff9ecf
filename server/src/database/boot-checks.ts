import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Keyring, KeyringError, keyIdOf } from '../lib/keyring.js';
import { ServiceDatabase } from './service-database.js';

/** The server refuses to run with this database or these keys. The message is for the operator. */
export class BootCheckError extends Error {}

/** Checks before the first request: tenant isolation is in force, and the keys belong to this database. */
@Injectable()
export class BootChecks implements OnModuleInit {
  constructor(
    private readonly database: ServiceDatabase,
    private readonly keyring: Keyring,
  ) {}

  async onModuleInit(): Promise<void> {
    await checkLogin((sql) => this.database.query(sql));
    await checkTables((sql) => this.database.query(sql));
    // A wrong key would otherwise be noticed only at the first delivery.
    await checkCanary(this.database, this.keyring);
  }
}

interface RoleRow {
  name: string;
  login: boolean;
  superuser: boolean;
  bypasses: boolean;
  /** The roles whose privileges it has without SET ROLE. */
  inherits: string[];
}

/** The login and the two roles that it assumes. Missing roles are skipped: the migrations report them. */
const ROLES_SQL = `
select r.rolname as name, r.rolname = session_user as login, r.rolsuper as superuser, r.rolbypassrls as bypasses,
  array(
    select o.rolname::text from pg_roles o
    where o.rolname in ('bpoc_tenant', 'bpoc_service') and o.oid <> r.oid and pg_has_role(r.oid, o.oid, 'usage')
    order by 1
  ) as inherits
from pg_roles r
where r.rolname in (session_user, 'bpoc_tenant', 'bpoc_service')
order by 2 desc, 1`;

/**
 * Refuses roles that would see the rows of every agency: a superuser, one with BYPASSRLS, and one that inherits the
 * privileges of bpoc_tenant or bpoc_service. Also runs before the migrations, because tables that a superuser creates
 * stay its own.
 * @throws BootCheckError
 */
export async function checkLogin(query: (sql: string) => Promise<RoleRow[]>): Promise<void> {
  const roles = await query(ROLES_SQL);
  if (!roles.some(({ login }) => login)) throw new BootCheckError('the database does not report the current login');
  const faults = roles.flatMap((role) => {
    const named = faultsOf(role).join(' and ');
    return named === '' ? [] : [`The database role ${role.name} ${named}`];
  });
  if (faults.length === 0) return;
  throw new BootCheckError(
    `${faults.join('. ')}: agencies would not be isolated. docs/operating.md says how to create the roles.`,
  );
}

function faultsOf({ superuser, bypasses, inherits }: RoleRow): string[] {
  // A superuser has every role's privileges, so the other checks add nothing.
  if (superuser) return ['is a superuser'];
  return [
    ...(bypasses ? ['bypasses row-level security'] : []),
    ...(inherits.length > 0 ? [`inherits ${inherits.join(' and ')}`] : []),
  ];
}

interface Table {
  name: string;
  enabled: boolean;
  forced: boolean;
  /** `using` is null if the table was dropped during the check, as old partitions are. */
  policies: { kind: 'tenant' | 'service'; using: string | null; check: string | null }[];
}

type Query = (sql: string) => Promise<Table[]>;

/**
 * Every table that has rows of agencies or any grant to the tenant role, with its permissive policies for the two roles
 * (a policy for PUBLIC counts for both).
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

/**
 * Checks in the catalog that PostgreSQL isolates the agencies, so that what a person or a tool has changed since the
 * migrations is found before the first request. Partitions are checked like tables, because an unprotected one leaks
 * when it is read directly.
 * @throws BootCheckError that names every table and what is wrong with it
 */
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

/** Permissive policies are combined with OR, so any one other than "rows of the current agency" opens the table. */
function showsMore({ name, policies }: Table): boolean {
  const column = name === 'agencies' ? 'id' : 'agency_id';
  const own = `${column}=nullifcurrent_setting'app.agency_id',true,''::uuid`;
  return policies
    .filter(({ kind }) => kind === 'tenant')
    .some(({ using, check }) => (using !== null && plain(using) !== own) || (check !== null && plain(check) !== own));
}

/** Removes what PostgreSQL adds when it prints an expression: brackets, whitespace and text casts. */
const plain = (expression: string) => expression.toLowerCase().replaceAll(/::text|[\s()]/g, '');

/* The canary is an encrypted constant: it reveals a wrong key even while nothing else is encrypted yet. */

const TEXT = 'bpoc-webhooks';
const CONTEXT = 'canary';

type Database = Pick<ServiceDatabase, 'query'>;

/** Stores the canary on the first call. @throws BootCheckError if the keyring cannot decrypt the stored one */
export async function checkCanary(database: Database, keyring: Keyring): Promise<void> {
  await database.query('insert into secrets_canary (value) values ($1) on conflict do nothing', [
    keyring.encrypt(TEXT, CONTEXT),
  ]);
  const [canary] = await database.query<{ value: Buffer }>('select value from secrets_canary');
  try {
    if (keyring.decrypt(canary!.value, CONTEXT) === TEXT) return;
  } catch (error) {
    if (!(error instanceof KeyringError)) throw error;
  }
  throw new BootCheckError(
    `SECRETS_KEYS does not hold the key that the stored secrets were encrypted with (${keyIdOf(canary!.value)}). ` +
      'docs/operating.md says how to rotate keys.',
  );
}

/** Encrypts the canary with the first key of the ring, which must still hold its old key. */
export async function reencryptCanary(database: Database, keyring: Keyring): Promise<void> {
  await checkCanary(database, keyring);
  await database.query('update secrets_canary set value = $1', [keyring.encrypt(TEXT, CONTEXT)]);
}
