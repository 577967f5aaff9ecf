import { Provisioning, type Provisioned } from '../agencies/provisioning.service.js';
import { AuditLog } from '../audit/audit-log.service.js';
import { ApiKeys } from '../auth/api-keys.service.js';
import { INVITE_DAYS, Invites } from '../auth/invites.service.js';
import type { ServiceScope } from '../auth/role.js';
import { AppError } from '../common/app-error.js';
import { uuidv7 } from '../common/ids.js';
import type { Env } from '../config/env.js';
import type { ServiceDatabase } from '../database/service-database.js';
import { UsageError } from './command.js';

export interface WantedAgency {
  name: string;
  email: string;
  /** Name of the owner. */
  owner: string | undefined;
  /** What the service token may do. */
  scopes: ServiceScope[];
  /** Make a further service token though there is one. */
  newToken: boolean;
}

type Settings = Pick<Env, 'publicUrl' | 'port'>;

/**
 * Makes an agency with its owner, or finds the one that the e-mail belongs to. Returns the lines to print: an invite link while the owner
 * has no password, and a service token the first time.
 */
export async function createAgency(env: Settings, database: ServiceDatabase, wanted: WantedAgency): Promise<string[]> {
  const invites = new Invites(env);
  const provisioning = new Provisioning(database, invites, new AuditLog());
  const present = await provisioning.findByOwner(wanted.email);
  if (present && present.name !== wanted.name) {
    throw new UsageError(`${wanted.email} belongs to the agency "${present.name}" (${present.id}).`);
  }
  const owner = { email: wanted.email, name: wanted.owner };
  const agency = await provisioning
    .provision({ id: present?.id ?? uuidv7(), name: wanted.name, owner }, null)
    .catch((error: unknown) => {
      throw error instanceof AppError ? new UsageError(error.message, { cause: error }) : error;
    });
  const token = await serviceToken(database, agency, wanted);
  return describe(agency, token && `(${wanted.scopes.join(', ')}), shown only now: ${token}`, invites, env);
}

/** A token for the agency alone; null when there is one already and no further one was asked for. */
function serviceToken(
  database: ServiceDatabase,
  { id, name }: Provisioned,
  { scopes, newToken }: WantedAgency,
): Promise<string | null> {
  const createdBy = 'npm run agency';
  return database.transaction(async (manager) => {
    const made = (await manager.query(
      'select from api_keys where created_by = $1 and agency_ids = array[$2::uuid] and revoked_at is null limit 1',
      [createdBy, id],
    )) as unknown[];
    if (made.length > 0 && !newToken) return null;
    const wanted = { name: `Publish for ${name}`, createdBy, scopes, agencyIds: [id] };
    const issued = await new ApiKeys(database).issueServiceToken(manager, wanted);
    const entry = { action: 'token.created', agencyId: id, targetKind: 'token', targetId: issued.id };
    await new AuditLog().record(manager, null, { ...entry, details: { name: wanted.name, scopes } });
    return issued.token;
  });
}

function describe(
  { id, name, created, owner }: Provisioned,
  token: string | null,
  invites: Invites,
  env: Settings,
): string[] {
  // PORT=0 takes any free port, which nobody knows before the server runs.
  const origin = env.port === 0 ? '<address of the server>' : `http://localhost:${env.port}`;
  return [
    `Agency "${name}" ${created ? 'was made' : 'is there'}: ${id}`,
    owner.inviteToken === null
      ? `Owner ${owner.email} has a password already.`
      : `Invite for ${owner.email}, for ${INVITE_DAYS} days: ${invites.link(owner.inviteToken, origin)}`,
    token === null
      ? 'The service token was shown when it was made; --new-token makes another.'
      : `Service token ${token}`,
  ];
}
