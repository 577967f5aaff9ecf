import { escapeIdentifier, escapeLiteral } from 'pg';

interface LoginRole {
  /** The role that the server logs in as. It owns the database and the schema. */
  login: string;
  password: string;
  /** The database that it will own. The statements must run on a connection to it. */
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
 * Until PostgreSQL 15 the NOINHERIT attribute of the login prevents inheritance. From 16 on the grant decides, with
 * syntax that 15 does not know, hence `execute`. An owner that inherits would match the policies of both roles and see
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
 * The setup that a superuser runs once in a new database, for PostgreSQL 15 or newer. It creates the login (no
 * superuser, NOINHERIT), which owns the database and its schema `public`, and the roles `bpoc_tenant` and
 * `bpoc_service`, which the login may SET ROLE to but does not inherit. The statements can be repeated and may share
 * one transaction. The two roles belong to the whole cluster, and several logins can share them.
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
