import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client, escapeIdentifier } from 'pg';
import { connected } from '../../test/client.js';
import { createTestDatabase, type TestDatabase } from '../../test/database.js';
import { rolesSql } from './roles.js';

describe('the roles of a database', () => {
  let database: TestDatabase;
  let superuser: Client;
  let login: Client;

  beforeAll(async () => {
    database = await createTestDatabase();
    superuser = await connected(database.superuserUrl);
    login = await connected(database.url);
  });

  afterAll(async () => {
    await login.end();
    const name = new URL(database.url).pathname.slice(1);
    await superuser.query(`alter database ${name} owner to current_user`);
    await superuser.query(`alter schema public owner to current_user`);
    await superuser.query(`drop role if exists ${escapeIdentifier(`${name} o"brien`)}`);
    await superuser.end();
    await database.drop();
  });

  it('give the owner no privileges before SET ROLE', async () => {
    await superuser.query('create table kept_apart as select 1 as x');
    await superuser.query('grant select on kept_apart to bpoc_service');
    await expect(login.query('select * from kept_apart')).rejects.toThrow('permission denied');
    await login.query('set role bpoc_tenant');
    await expect(login.query('select * from kept_apart')).rejects.toThrow('permission denied');
    await login.query('set role bpoc_service');
    expect((await login.query('select x from kept_apart')).rows).toEqual([{ x: 1 }]);
    await login.query('reset role');
  });

  it('can be assumed by a start-up option', async () => {
    const client = await connected(database.url, 'bpoc_tenant');
    expect((await client.query('select current_user::text as me')).rows).toEqual([{ me: 'bpoc_tenant' }]);
    await client.end();
  });

  it('cannot bypass row-level security', async () => {
    const { rows } = await superuser.query(
      `select rolname from pg_roles
       where rolname = any($1) and (rolsuper or rolbypassrls or rolcreaterole or rolcreatedb)`,
      [[new URL(database.url).username, 'bpoc_tenant', 'bpoc_service']],
    );
    expect(rows).toEqual([]);
  });

  it('can be created repeatedly, with any name and password', async () => {
    const name = new URL(database.url).pathname.slice(1);
    const odd = { login: `${name} o"brien`, password: `it's \\ "secret"` };
    for (let time = 0; time < 2; time += 1) {
      for (const statement of rolesSql({ ...odd, database: name })) await superuser.query(statement);
    }
    const url = new URL(database.url);
    const client = new Client({
      host: url.hostname,
      port: Number(url.port),
      database: name,
      user: odd.login,
      password: odd.password,
    });
    await client.connect();
    await client.query('create table mine (x int)');
    await client.query('drop table mine');
    await client.query('set role bpoc_service');
    await client.end();
  });
});
