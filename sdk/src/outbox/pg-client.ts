import { MissingPeer } from '../missing-peer.js';
import { versionIn, TABLE_VERSION, tableName } from './table.js';

/*
 * The relay's connection. `pg` is an optional peer dependency and is loaded only here; its types are not used, so that
 * a project without it compiles.
 */

/** The part of a `pg` client that is used. */
export interface PgClient {
  connect(): Promise<unknown>;
  query(sql: string, values?: unknown[]): Promise<{ rows: unknown[]; rowCount: number | null }>;
  on(event: 'error' | 'end' | 'notification', listener: (detail: unknown) => void): unknown;
  end(): Promise<void>;
}

/** A connection string, or the configuration of a `pg` client. */
export type DatabaseConfiguration = string | Record<string, unknown>;

/** Detects a server that vanished; every query here takes milliseconds. */
const LIMITS = { connectionTimeoutMillis: 10_000, query_timeout: 30_000, keepAlive: true };

/** Connects. Rejects with a clear message if `pg` is not installed. */
export async function connectTo(database: DatabaseConfiguration): Promise<PgClient> {
  const { Client } = await loadPg();
  const client = new Client({ application_name: 'bpoc-webhooks relay', ...LIMITS, ...configurationOf(database) });
  // Without a listener, an error of an idle connection would end the process; the next query reports it.
  client.on('error', () => undefined);
  try {
    await client.connect();
  } catch (error) {
    end(client);
    throw error;
  }
  return client;
}

/** Not awaited: on a dead network it would not resolve. */
export function end(client: PgClient): void {
  client.end().catch(() => undefined);
}

/** The part of a `pg` pool that is used. */
export type PgPool = Pick<PgClient, 'query' | 'on' | 'end'>;

/** A small pool for events that are written outside a transaction of the caller. */
export async function connectPool(database: DatabaseConfiguration): Promise<PgPool> {
  const { Pool } = await loadPg();
  const pool = new Pool({ application_name: 'bpoc-webhooks', max: 4, ...LIMITS, ...configurationOf(database) });
  pool.on('error', () => undefined);
  return pool;
}

const configurationOf = (database: DatabaseConfiguration): object =>
  typeof database === 'string' ? { connectionString: database } : database;

interface Pg {
  Client: new (configuration: object) => PgClient;
  Pool: new (configuration: object) => PgPool;
}

async function loadPg(): Promise<Pg> {
  try {
    const module = (await import('pg')) as unknown as Pg & { default?: Pg };
    return module.default ?? module;
  } catch (cause) {
    throw new MissingPeer('pg', 'the outbox needs it to connect to its database', cause);
  }
}

/** The table is missing or too old; the message says what to do. */
export class TableError extends Error {
  override readonly name = 'TableError';
}

/** Rejects with TableError. */
export async function checkTable(client: PgClient, table: string): Promise<void> {
  const { rows } = await client.query(
    `select to_regclass($1) is not null as found, obj_description(to_regclass($1), 'pg_class') as comment`,
    [tableName(table)],
  );
  const [{ found, comment }] = rows as [{ found: boolean; comment: string | null }];
  if (!found)
    throw new TableError(
      `there is no table ${table}: run the SQL that "npx bpoc-webhooks outbox sql" prints, in a migration`,
    );
  const version = versionIn(comment);
  if (version >= TABLE_VERSION) return;
  const command = `npx bpoc-webhooks outbox sql --from ${version}`;
  throw new TableError(
    `the table ${table} has version ${version}, and this package needs ${TABLE_VERSION}: run "${command}"`,
  );
}
