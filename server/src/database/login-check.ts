/** The server refuses to run with this database or these keys; the message is for the operator. */
export class BootCheckError extends Error {}

interface RoleRow {
  name: string;
  login: boolean;
  superuser: boolean;
  bypasses: boolean;
  /** bpoc roles whose privileges it has without SET ROLE. */
  inherits: string[];
}

/** The login and the two roles it assumes. Roles that do not exist yet are skipped: the migrations report them. */
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
 * Refuses roles that would see every agency's rows: a login that is a superuser, has BYPASSRLS or inherits its
 * roles, and roles that are or have that themselves. Also runs before the migrations, because tables created by a
 * superuser stay owned by it.
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
