import { type EntityManager, In, IsNull } from 'typeorm';
import { Agency } from '../agencies/agency.entity.js';
import { AuditLog } from '../audit/audit-log.service.js';
import { ApiKey } from '../auth/keys/api-key.entity.js';
import { ApiKeys, KEY_CACHE_MS } from '../auth/keys/api-keys.service.js';
import type { ServiceScope } from '../auth/role.js';
import { isUuid } from '../lib/ids.js';
import type { ServiceDatabase } from '../database/service-database.js';
import { UsageError } from './command.js';

/* Tokens for services of the platform. They belong to no agency, so they are managed from the command line. */

export interface WantedToken {
  name: string;
  scopes: ServiceScope[];
  /** null: all agencies. */
  agencyIds: string[] | null;
  expiresAt: Date | null;
}

/** Returns the lines to print. Throws UsageError if an agency does not exist. */
export async function createToken(database: ServiceDatabase, wanted: WantedToken): Promise<string[]> {
  const { name, scopes, agencyIds, expiresAt } = wanted;
  return database.transaction(async (manager) => {
    const known = await knownAgencies(manager, agencyIds);
    // A token that may create agencies may be for one that does not exist yet.
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
  const tokens = await database.manager.find(ApiKey, { where: VALID, order: { id: 'ASC' } });
  return tokens.length === 0 ? ['There is no service token.'] : tokens.map(line);
}

/** Returns the lines to print. Throws UsageError if there is no such token or it is already revoked. */
export async function revokeToken(database: ServiceDatabase, id: string): Promise<string[]> {
  if (!isUuid(id)) throw noId(id);
  return database.transaction(async (manager) => {
    const token = await manager.findOne(ApiKey, { where: { id, ...VALID }, lock: { mode: 'pessimistic_write' } });
    if (!token) throw new UsageError(`There is no service token ${id} that works.`);
    await manager.update(ApiKey, { id }, { revokedAt: () => 'now()' });
    const { name, scopes, agencyIds } = token;
    const known = await knownAgencies(manager, agencyIds);
    await recordFor(manager, known, { action: 'token.revoked', targetId: id, details: { name, scopes } });
    return [`Revoked ${id} "${name}". Running servers take it for up to ${KEY_CACHE_MS / 1000} seconds more.`];
  });
}

const noId = (text: string) => new UsageError(`"${text}" is not the id of a token: npm run token -- list shows them.`);

const VALID = { kind: 'svc' as const, revokedAt: IsNull() };

const knownAgencies = (manager: EntityManager, ids: string[] | null): Promise<Agency[]> =>
  manager.findBy(Agency, { id: In(ids ?? []) });

/** Audit logs are per agency, so a token for all agencies is not recorded. */
async function recordFor(
  manager: EntityManager,
  agencies: Agency[],
  entry: { action: string; targetId: string; details: Record<string, unknown> },
): Promise<void> {
  for (const { id } of agencies)
    await new AuditLog().record(manager, null, { ...entry, agencyId: id, targetKind: 'token' });
}

const agenciesOf = (ids: string[] | null) => (ids === null ? 'all agencies' : `agencies ${ids.join(' ')}`);
const minutes = (at: Date) => at.toISOString().slice(0, 16).replace('T', ' ');

function line(token: ApiKey): string {
  const { id, name, last4, scopes, agencyIds, createdBy, createdAt, lastUsedAt, expiresAt } = token;
  const used = lastUsedAt === null ? 'never used' : `last used ${minutes(lastUsedAt)}`;
  const end = expiresAt && `${expiresAt <= new Date() ? 'EXPIRED' : 'expires'} ${minutes(expiresAt)}`;
  const made = `created ${minutes(createdAt)}${createdBy === null ? '' : ` by ${createdBy}`}`;
  const facts = [`…${last4}`, scopes!.join(','), agenciesOf(agencyIds), made, used, end ?? 'never expires'];
  return `${id}  "${name}"  ${facts.join('; ')}`;
}
