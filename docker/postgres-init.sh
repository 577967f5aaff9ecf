#!/bin/bash
# Runs once in a fresh database, as its superuser. The server must not be a superuser (row-level security would not hold it), so it gets a
# login of its own that owns the database and may take, but does not inherit, the two roles it works with.
set -euo pipefail
psql --no-psqlrc --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" <<'SQL'
\getenv password BPOC_DATABASE_PASSWORD
create role bpoc login noinherit nosuperuser nobypassrls nocreaterole nocreatedb noreplication password :'password';
create role bpoc_tenant nologin nosuperuser nobypassrls nocreaterole nocreatedb;
create role bpoc_service nologin nosuperuser nobypassrls nocreaterole nocreatedb;
grant bpoc_tenant, bpoc_service to bpoc with inherit false, set true;
select format('alter database %I owner to bpoc', current_database()) \gexec
alter schema public owner to bpoc;
revoke create on schema public from public;
SQL
