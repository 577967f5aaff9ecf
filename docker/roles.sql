-- Run by a superuser in the server's database, with the password of the login in BPOC_DATABASE_PASSWORD. Running it
-- again repairs the roles. The login owns the database but is no superuser, because superusers bypass row-level
-- security. It may SET ROLE to the two roles that the server uses, and must not inherit them.
\set ON_ERROR_STOP on
\getenv password BPOC_DATABASE_PASSWORD
begin;
select format('create role %I', name) from unnest(array['bpoc', 'bpoc_tenant', 'bpoc_service']) as name
  where not exists (select from pg_roles where rolname = name) \gexec
alter role bpoc login noinherit nosuperuser nobypassrls nocreaterole nocreatedb noreplication password :'password';
alter role bpoc_tenant nologin nosuperuser nobypassrls nocreaterole nocreatedb;
alter role bpoc_service nologin nosuperuser nobypassrls nocreaterole nocreatedb;
-- PostgreSQL 15 has only the login's NOINHERIT; from 16 on the grant decides.
select 'grant bpoc_tenant, bpoc_service to bpoc'
  || case when current_setting('server_version_num')::int < 160000 then '' else ' with inherit false, set true' end
  \gexec
select format('alter database %I owner to bpoc', current_database()) \gexec
alter schema public owner to bpoc;
revoke create on schema public from public;
commit;
