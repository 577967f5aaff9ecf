import { Resolver } from 'node:dns/promises';
import { statfs } from 'node:fs/promises';
import type { Env } from '../config/env.js';
import { checkLogin, checkTables, checkCanary } from '../database/boot-checks.js';
import { missingMigrations } from '../database/migrate.js';
import { partitionName, PARTITIONED_TABLES } from '../database/partitions.js';
import { DAY_MS } from '../lib/time.js';
import type { ServiceDatabase } from '../database/service-database.js';
import { withClient } from '../database/with-client.js';
import { MAX_SKEW_MS } from '../health/clock-skew.js';
import type { Keyring } from '../lib/keyring.js';
import { connectToNats } from '../nats/connection.js';
import { verifySmtp } from '../outbound/mailer.js';
import { ProxyTunnel } from '../outbound/proxy-tunnel.js';

/* npm run doctor: the checks of a deployment. Each runs by itself, so that one fault does not hide another. */

interface Finding {
  check: string;
  /** What is wrong, and what to do about it; null: nothing. */
  fault: string | null;
}

/** What is checked. */
export interface Deployment {
  env: Env;
  /** Connects as the login of the server. */
  url: string;
  /** null: SECRETS_KEYS is missing or wrong. */
  keyring: Keyring | null;
  withDatabase: <T>(work: (database: ServiceDatabase) => Promise<T>) => Promise<T>;
  now?: () => number;
  freeBytes?: () => Promise<number>;
}

const TIMEOUT_MS = 5_000;
const LEAST_FREE_BYTES = 2 * 1024 ** 3;

/** Never rejects: a check that throws is a finding. */
export async function findingsOf(deployment: Deployment): Promise<Finding[]> {
  const checks: Record<string, (deployment: Deployment) => Promise<string | null>> = {
    database: reachable,
    roles,
    migrations: migrated,
    isolation: isolated,
    keys,
    clock,
    partitions,
    'name server': names,
    proxy,
    mail,
    NATS: nats,
    disk,
  };
  const findings: Finding[] = [];
  for (const [check, look] of Object.entries(checks))
    findings.push({ check, fault: await look(deployment).catch((error: Error) => error.message || String(error)) });
  return findings;
}

function query<T>({ url }: Deployment, sql: string): Promise<T[]> {
  const config = { connectionString: url, connectionTimeoutMillis: TIMEOUT_MS };
  return withClient(config, async (client) => (await client.query(sql)).rows as T[]);
}

async function reachable(deployment: Deployment): Promise<string | null> {
  const [row] = await query<{ version: number }>(
    deployment,
    `select current_setting('server_version_num')::int as version`,
  );
  return row!.version < 150_000 ? 'PostgreSQL is older than 15' : null;
}

async function roles(deployment: Deployment): Promise<string | null> {
  await checkLogin((sql) => query(deployment, sql));
  const [row] = await query<{ there: number }>(
    deployment,
    `select count(*)::int as there from pg_roles where rolname in ('bpoc_tenant', 'bpoc_service')
       and pg_has_role(session_user, oid, 'member')`,
  );
  return row!.there === 2 ? null : 'The login may not assume bpoc_tenant and bpoc_service: run docker/roles.sql.';
}

async function migrated(deployment: Deployment): Promise<string | null> {
  const missing = await missingMigrations((sql) => query(deployment, sql));
  return missing.length === 0 ? null : `${missing.length} not run yet: npm run migrate`;
}

async function isolated({ withDatabase }: Deployment): Promise<string | null> {
  return withDatabase(async (database) => {
    await checkTables((sql) => database.query(sql));
    return null;
  });
}

async function keys({ keyring, withDatabase }: Deployment): Promise<string | null> {
  if (!keyring) return 'SECRETS_KEYS must be set, as for the server.';
  return withDatabase(async (database) => {
    const [there] = await database.query('select from secrets_canary');
    // The first start stores it.
    if (there) await checkCanary(database, keyring);
    return null;
  });
}

async function clock(deployment: Deployment): Promise<string | null> {
  const now = deployment.now ?? Date.now;
  const sql = 'select extract(epoch from clock_timestamp())::float8 * 1000 as ms';
  const [row] = await query<{ ms: number }>(deployment, sql);
  const skewMs = now() - row!.ms;
  if (Math.abs(skewMs) <= MAX_SKEW_MS) return null;
  return `This machine is ${Math.round(skewMs / 1000)} s from the database: synchronise both clocks (NTP).`;
}

/** The partitions of today and tomorrow. A process creates them over its direct connection. */
async function partitions(deployment: Deployment): Promise<string | null> {
  const now = deployment.now ?? Date.now;
  const rows = await query<{ name: string }>(
    deployment,
    `select c.relname as name from pg_class c where c.relispartition and c.relnamespace = 'public'::regnamespace`,
  );
  const there = new Set(rows.map(({ name }) => name));
  const wanted = PARTITIONED_TABLES.flatMap((table) => [0, DAY_MS].map((ms) => partitionName(table, now() + ms)));
  const missing = wanted.filter((name) => !there.has(name));
  return missing.length === 0 ? null : `missing: ${missing.join(', ')}. The log of a process says why (Retention).`;
}

/** Asks for a name that does not exist: that the name server says so is enough. */
async function names({ env: { dnsServers } }: Deployment): Promise<string | null> {
  const resolver = new Resolver({ timeout: TIMEOUT_MS / 2, tries: 1 });
  if (dnsServers.length > 0) resolver.setServers(dnsServers);
  try {
    await resolver.resolve4('bpoc-webhooks.invalid');
  } catch (error) {
    const { code = '' } = error as { code?: string };
    if (!['ENOTFOUND', 'ENODATA'].includes(code)) return `${resolver.getServers().join(', ')}: ${code}`;
  } finally {
    resolver.cancel();
  }
  return null;
}

async function proxy({ env: { outboundProxy } }: Deployment): Promise<string | null> {
  return outboundProxy && new ProxyTunnel(outboundProxy).trouble(TIMEOUT_MS / 2);
}

async function mail({ env: { smtpUrl } }: Deployment): Promise<string | null> {
  if (smtpUrl !== null) await verifySmtp(smtpUrl, TIMEOUT_MS);
  return null;
}

async function nats({ env }: Deployment): Promise<string | null> {
  if (env.nats) await (await connectToNats(env.nats)).close();
  return null;
}

/** The disk of the data folder, or of this machine. The disk of an external database cannot be seen from here. */
async function disk({ env, freeBytes }: Deployment): Promise<string | null> {
  const free = await (freeBytes ?? (() => freeOf(env.dataDir)))();
  if (free >= LEAST_FREE_BYTES) return null;
  return `${(free / 1024 ** 3).toFixed(1)} GiB are free: delete something, or lower RETENTION_DAYS`;
}

async function freeOf(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder).catch(() => statfs('.'));
  return bavail * bsize;
}
