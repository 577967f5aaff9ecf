import { IsNull, Raw } from 'typeorm';
import { Provisioning, type Provisioned } from '../agencies/provisioning.service.js';
import { AuditLog } from '../audit/audit-log.service.js';
import { ApiKey } from '../auth/keys/api-key.entity.js';
import { ApiKeys } from '../auth/keys/api-keys.service.js';
import { INVITE_DAYS, Invites } from '../auth/sessions/invites.service.js';
import type { ServiceScope } from '../auth/role.js';
import { AppError } from '../lib/app-error.js';
import { uuidv7 } from '../lib/ids.js';
import type { ServiceDatabase } from '../database/service-database.js';
import { UsageError } from './command.js';

export interface WantedAgency {
  name: string;
  email: string;
  /** The name of the owner. */
  owner: string | undefined;
  /** What the service token may do. */
  scopes: ServiceScope[];
  /** Create a service token even if there is one. */
  newToken: boolean;
  /** Create an invite even if there is one, which becomes invalid. */
  newInvite: boolean;
  /** URL of the server, for the invite link. */
  origin: string;
}

/**
 * Creates an agency with its owner, unless there is one with this owner. Returns the lines to print. They contain the
 * invite link and the service token only if these are new, because only their hashes are stored.
 */
export async function createAgency(database: ServiceDatabase, wanted: WantedAgency): Promise<string[]> {
  const invites = new Invites({ publicUrl: wanted.origin });
  const provisioning = new Provisioning(database, invites, new AuditLog());
  const present = await provisioning.findByOwner(wanted.email);
  if (present && present.name !== wanted.name) {
    throw new UsageError(`${wanted.email} belongs to the agency "${present.name}" (${present.id}).`);
  }
  const owner = { email: wanted.email, name: wanted.owner };
  const agency = await provisioning
    .provision({ id: present?.id ?? uuidv7(), name: wanted.name, owner, keepInvite: !wanted.newInvite }, null)
    .catch((error: unknown) => {
      throw error instanceof AppError ? new UsageError(error.message, { cause: error }) : error;
    });
  const token = await serviceToken(database, agency, wanted);
  return [
    `Agency "${agency.name}" ${agency.created ? 'was made' : 'is there'}: ${agency.id}`,
    inviteLine(agency.owner, (inviteToken) => invites.link(inviteToken, wanted.origin)),
    token === null
      ? 'The service token was shown when it was made; --new-token makes another.'
      : `Service token (${wanted.scopes.join(', ')}), shown only now: ${token}`,
  ];
}

/** A token for this agency only; null if there is one already and no other is wanted. */
function serviceToken(
  database: ServiceDatabase,
  { id, name }: Provisioned,
  { scopes, newToken }: WantedAgency,
): Promise<string | null> {
  const createdBy = 'npm run agency';
  return database.transaction(async (manager) => {
    const forIt = Raw((agencyIds) => `${agencyIds} = array[cast(:id as uuid)]`, { id });
    const present = { createdBy, agencyIds: forIt, revokedAt: IsNull() };
    if (!newToken && (await manager.existsBy(ApiKey, present))) return null;
    const wanted = { name: `Publish for ${name}`, createdBy, scopes, agencyIds: [id] };
    const issued = await new ApiKeys(database).issueServiceToken(manager, wanted);
    const entry = { action: 'token.created', agencyId: id, targetKind: 'token', targetId: issued.id };
    await new AuditLog().record(manager, null, { ...entry, details: { name: wanted.name, scopes } });
    return issued.token;
  });
}

function inviteLine({ email, invited, inviteToken }: Provisioned['owner'], link: (token: string) => string): string {
  if (inviteToken !== null) return `Invite for ${email}, for ${INVITE_DAYS} days: ${link(inviteToken)}`;
  return invited
    ? `The invite for ${email} was shown when it was made, and still works; --new-invite makes another and ends it.`
    : `Owner ${email} has a password already.`;
}
