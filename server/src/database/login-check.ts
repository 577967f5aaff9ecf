/** The server does not serve with this database or these keys; the message is for the operator. */
export class BootCheckError extends Error {}

interface Login {
  name: string;
  superuser: boolean;
  bypasses: boolean;
  inherits: boolean | null;
}

/** Asks about the role that is logged in. Roles that do not exist yet are nobody's fault here: the migrations name them. */
const LOGIN_SQL = `select rolname as name, rolsuper as superuser, rolbypassrls as bypasses,
  (select pg_has_role(session_user, r.oid, 'usage') from pg_roles r where r.rolname = 'bpoc_service') as inherits
  from pg_roles where rolname = session_user`;

/**
 * Refuses a login that would see every agency's rows: a superuser, one with BYPASSRLS, or one that inherits its roles' rights. Asked before
 * the migrations too, because tables that a superuser made belong to it for good. Throws BootCheckError.
 */
export async function checkLogin(query: (sql: string) => Promise<Login[]>): Promise<void> {
  const [login] = await query(LOGIN_SQL);
  if (!login) throw new BootCheckError('the database does not tell who is logged in');
  const faults = [
    login.superuser && 'is a superuser',
    login.bypasses && 'bypasses row-level security',
    !login.superuser && login.inherits && 'inherits bpoc_service',
  ];
  const named = faults.filter(Boolean).join(' and ');
  if (!named) return;
  throw new BootCheckError(
    `The database role ${login.name} ${named}: agencies would not be kept apart. docs/operating.md says how to make the role.`,
  );
}
