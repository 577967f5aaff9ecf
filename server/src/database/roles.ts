import { escapeIdentifier, escapeLiteral } from 'pg';

interface LoginRole {
  /** The role the server logs in as; it owns the database and the schema. */
  login: string;
  password: string;
  /** The database whose ownership it gets; the statements must run connected to it. */
  database: string;
}

const ASSUMED_ROLES = ['bpoc_tenant', 'bpoc_service'];

function createMissing(role: string): string {
  return `do $do$ begin
  if not exists (select from pg_roles where rolname = ${escapeLiteral(role)}) then
    create role ${escapeIdentifier(role)};
  end if;
end $do$`;
}

/**
 * Before 16 only the login's NOINHERIT attribute prevents inheritance; from 16 on the grant decides, with syntax
 * that 15 does not know, hence `execute`. An owner that inherits would match the policies of both roles and see
 * every agency.
 */
function grantWithoutInheritance(login: string): string {
  const grant = `grant ${ASSUMED_ROLES.join(', ')} to ${escapeIdentifier(login)}`;
  return `do $do$ begin
  if current_setting('server_version_num')::int >= 160000 then
    execute ${escapeLiteral(`${grant} with inherit false, set true`)};
  else
    execute ${escapeLiteral(grant)};
  end if;
end $do$`;
}

/**
 * The setup that a superuser runs once in a fresh database, as repeatable statements that may share one
 * transaction: the login (no superuser, NOINHERIT), which owns the database and its schema `public`, and the roles
 * `bpoc_tenant` and `bpoc_service`, which it may SET ROLE to but does not inherit. PostgreSQL 15 or newer. The two
 * roles belong to the whole cluster and can be shared by several logins.
 */
export function rolesSql({ login, password, database }: LoginRole): string[] {
  const name = escapeIdentifier(login);
  return [
    createMissing(login),
    `alter role ${name} login noinherit nosuperuser nobypassrls nocreaterole noreplication
       nocreatedb password ${escapeLiteral(password)}`,
    ...ASSUMED_ROLES.map(createMissing),
    ...ASSUMED_ROLES.map((role) => `alter role ${role} nologin nosuperuser nobypassrls nocreaterole nocreatedb`),
    `alter database ${escapeIdentifier(database)} owner to ${name}`,
    `alter schema public owner to ${name}`,
    'revoke create on schema public from public',
    grantWithoutInheritance(login),
  ];
}
