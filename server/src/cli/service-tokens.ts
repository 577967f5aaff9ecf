import { AuditLog } from '../audit/audit-log.service.js';
import { ApiKeys, KEY_CACHE_MS } from '../auth/keys/api-keys.service.js';
import type { ServiceScope } from '../auth/role.js';
import { isUuid } from '../lib/ids.js';
import type { ServiceDatabase } from '../database/service-database.js';
import { UsageError } from './command.js';

/* Tokens for services of the platform, managed from the command line because they belong to no agency. */

export interface WantedToken {
  name: string;
  scopes: ServiceScope[];
  /** null: all agencies. */
  agencyIds: string[] | null;
  expiresAt: Date | null;
}

interface TokenRow {
  id: string;
  name: string;
  last4: string;
  scopes: ServiceScope[];
  agency_ids: string[] | null;
  created_by: string | null;
  created_at: Date;
  last_used_at: Date | null;
  expires_at: Date | null;
  expired: boolean;
}

/** Returns the lines to print. Throws UsageError if an agency does not exist. */
export async function createToken(database: ServiceDatabase, wanted: WantedToken): Promise<string[]> {
  const { name, scopes, agencyIds, expiresAt } = wanted;
  return database.transaction(async (manager) => {
    // A token that may create agencies may be for one that does not exist yet.
    const known = (await manager.query('select id from agencies where id = any($1)', [agencyIds ?? []])) as {
      id: string;
    }[];
    const unknown = (agencyIds ?? []).filter((id) => !known.some((agency) => agency.id === id));
    if (unknown.length > 0 && !scopes.includes('agencies'))
      throw new UsageError(`There is no agency ${unknown.join(', ')}.`);
    const about = { name, createdBy: 'npm run token', ...(expiresAt && { expiresAt }) };
    const { id, token } = await new ApiKeys(database).issueServiceToken(manager, { ...about, scopes, agencyIds });
    const details = { name, scopes, expires_at: expiresAt?.toISOString() ?? null };
    await recordFor(manager, known, { action: 'token.created', targetId: id, details });
    const until = expiresAt === null ? '' : `, until ${expiresAt.toISOString()}`;
    return [
      `Service token ${id} "${name}" (${scopes.join(', ')}; ${agenciesOf(agencyIds)}${until})`,
      `Shown only now: ${token}`,
    ];
  });
}

/** Tokens that are not revoked, oldest first, as lines to print. */
export async function listTokens(database: ServiceDatabase): Promise<string[]> {
  const rows = await database.query<TokenRow>(
    `select id, name, last4, scopes, agency_ids, created_by, created_at, last_used_at, expires_at,
       coalesce(expires_at <= now(), false) as expired
     from api_keys where kind = 'svc' and revoked_at is null order by id`,
  );
  return rows.length === 0 ? ['There is no service token.'] : rows.map(line);
}

/** Returns the lines to print. Throws UsageError if there is no such token or it is already revoked. */
export async function revokeToken(database: ServiceDatabase, id: string): Promise<string[]> {
  if (!isUuid(id)) throw noId(id);
  return database.transaction(async (manager) => {
    const [rows] = (await manager.query(
      `update api_keys set revoked_at = now() where id = $1 and kind = 'svc' and revoked_at is null
       returning name, scopes, agency_ids`,
      [id],
    )) as [Pick<TokenRow, 'name' | 'scopes' | 'agency_ids'>[], number];
    const token = rows[0];
    if (!token) throw new UsageError(`There is no service token ${id} that works.`);
    const { name, scopes, agency_ids } = token;
    const known = (await manager.query('select id from agencies where id = any($1)', [agency_ids ?? []])) as {
      id: string;
    }[];
    await recordFor(manager, known, { action: 'token.revoked', targetId: id, details: { name, scopes } });
    return [`Revoked ${id} "${name}". Running servers take it for up to ${KEY_CACHE_MS / 1000} seconds more.`];
  });
}

const noId = (text: string) => new UsageError(`"${text}" is not the id of a token: npm run token -- list shows them.`);

type Manager = Parameters<AuditLog['record']>[0];

/** Audit logs are per agency; a token for all agencies is not recorded. */
async function recordFor(
  manager: Manager,
  agencies: { id: string }[],
  entry: { action: string; targetId: string; details: Record<string, unknown> },
): Promise<void> {
  for (const { id } of agencies)
    await new AuditLog().record(manager, null, { ...entry, agencyId: id, targetKind: 'token' });
}

const agenciesOf = (ids: string[] | null) => (ids === null ? 'all agencies' : `agencies ${ids.join(' ')}`);
const minutes = (at: Date) => at.toISOString().slice(0, 16).replace('T', ' ');

function line(row: TokenRow): string {
  const used = row.last_used_at === null ? 'never used' : `last used ${minutes(row.last_used_at)}`;
  const end = row.expires_at && `${row.expired ? 'EXPIRED' : 'expires'} ${minutes(row.expires_at)}`;
  const made = `created ${minutes(row.created_at)}${row.created_by === null ? '' : ` by ${row.created_by}`}`;
  const facts = [`…${row.last4}`, row.scopes.join(','), agenciesOf(row.agency_ids), made, used, end ?? 'never expires'];
  return `${row.id}  "${row.name}"  ${facts.join('; ')}`;
}
