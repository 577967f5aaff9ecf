import { escapeIdentifier, escapeLiteral } from 'pg';

export interface LoginRole {
  /** The role the server signs in as; it owns the database and the schema. */
  login: string;
  password: string;
  /** The database to hand over; the statements must run while connected to it. */
  database: string;
  /** Tests make databases of their own; nobody else should. */
  createdb?: boolean;
}

const TAKEN_ROLES = ['bpoc_tenant', 'bpoc_service'];

function createMissing(role: string): string {
  return `do $do$ begin
  if not exists (select from pg_roles where rolname = ${escapeLiteral(role)}) then
    create role ${escapeIdentifier(role)};
  end if;
end $do$`;
}

/**
 * Before 16 only the attribute NOINHERIT of the login keeps it from having what the roles have; from 16 on the grant decides, and its syntax
 * is unknown to 15, hence `execute`. With inheritance the owner would match the policies of both roles and see every agency.
 */
function grantWithoutInheritance(login: string): string {
  const grant = `grant ${TAKEN_ROLES.join(', ')} to ${escapeIdentifier(login)}`;
  return `do $do$ begin
  if current_setting('server_version_num')::int >= 160000 then
    execute ${escapeLiteral(`${grant} with inherit false, set true`)};
  else
    execute ${escapeLiteral(grant)};
  end if;
end $do$`;
}

/**
 * What a superuser runs once in a fresh database, as single statements that may be repeated and may share one transaction: the login (no superuser, NOINHERIT)
 * that owns the database and its schema `public`, and the roles `bpoc_tenant` and `bpoc_service` that it may take with SET ROLE but does not inherit.
 * PostgreSQL 15 or newer. The two roles belong to the whole cluster; a second login may share them.
 */
export function rolesSql({ login, password, database, createdb = false }: LoginRole): string[] {
  const name = escapeIdentifier(login);
  return [
    createMissing(login),
    `alter role ${name} login noinherit nosuperuser nobypassrls nocreaterole noreplication ${createdb ? 'createdb' : 'nocreatedb'} password ${escapeLiteral(password)}`,
    ...TAKEN_ROLES.map(createMissing),
    ...TAKEN_ROLES.map((role) => `alter role ${role} nologin nosuperuser nobypassrls nocreaterole nocreatedb`),
    `alter database ${escapeIdentifier(database)} owner to ${name}`,
    `alter schema public owner to ${name}`,
    'revoke create on schema public from public',
    grantWithoutInheritance(login),
  ];
}
