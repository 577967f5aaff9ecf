import { parseArgs } from 'node:util';
import { Provisioning, type Provisioned } from '../agencies/provisioning.service.js';
import { AuditLog } from '../audit/audit-log.service.js';
import { ApiKeys } from '../auth/api-keys.service.js';
import { INVITE_DAYS, Invites } from '../auth/invites.service.js';
import { AppError } from '../common/app-error.js';
import { uuidv7 } from '../common/ids.js';
import type { Env } from '../config/env.js';
import type { ServiceDatabase } from '../database/service-database.js';
import { runCommand, UsageError, withDatabase, withServiceDatabase } from './command.js';

const USAGE = `npm run agency -- create --name "North Star Recruiting" --email anna@agency.example [--owner "Anna Berg"] [--new-token]

Makes an agency with its owner, and prints the owner's invite link and, once, a service token that may publish for the agency.
Running it again changes nothing: the link is made anew until the owner has come, a further token only with --new-token.`;

interface Wanted {
  name: string;
  email: string;
  owner: string | undefined;
  newToken: boolean;
}

await runCommand(async (env) => {
  const wanted = readArguments(process.argv.slice(2));
  await withDatabase(env, (url) => withServiceDatabase(url, (database) => createAgency(env, database, wanted)));
});

function readArguments(args: string[]): Wanted {
  const options = {
    name: { type: 'string' },
    email: { type: 'string' },
    owner: { type: 'string' },
    'new-token': { type: 'boolean', default: false },
  } as const;
  const { values, positionals } = parse(() => parseArgs({ args, options, allowPositionals: true }));
  const { name, email, owner, 'new-token': newToken } = values;
  if (positionals.join(' ') !== 'create' || !name?.trim() || !email) throw new UsageError(USAGE);
  if (!/^[^@\s]+@[^@\s]+$/.test(email)) throw new UsageError(`"${email}" is not an e-mail address.`);
  return { name: name.trim(), email, owner, newToken };
}

function parse<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new UsageError(`${(error as Error).message}\n\n${USAGE}`, { cause: error });
  }
}

async function createAgency(env: Env, database: ServiceDatabase, wanted: Wanted): Promise<void> {
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
  const token = await serviceToken(database, agency, wanted.newToken);
  print(agency, token, invites, env);
}

/** A token that may publish for the agency; null when there is one already and no further one was asked for. */
function serviceToken(database: ServiceDatabase, { id, name }: Provisioned, another: boolean): Promise<string | null> {
  const createdBy = 'npm run agency';
  return database.transaction(async (manager) => {
    const made = (await manager.query(
      'select from api_keys where created_by = $1 and agency_ids = array[$2::uuid] and revoked_at is null limit 1',
      [createdBy, id],
    )) as unknown[];
    if (made.length > 0 && !another) return null;
    const wanted = { name: `Publish for ${name}`, createdBy, scopes: ['publish' as const], agencyIds: [id] };
    return (await new ApiKeys(database).issueServiceToken(manager, wanted)).token;
  });
}

function print({ id, name, created, owner }: Provisioned, token: string | null, invites: Invites, env: Env): void {
  console.log(`Agency "${name}" ${created ? 'was made' : 'is there'}: ${id}`);
  if (owner.inviteToken === null) console.log(`Owner ${owner.email} has a password already.`);
  else {
    const link = invites.link(owner.inviteToken, `http://localhost:${env.port}`);
    console.log(`Invite for ${owner.email}, for ${INVITE_DAYS} days: ${link}`);
  }
  if (token === null) console.log('The service token was shown when it was made; --new-token makes another.');
  else console.log(`Service token (publish), shown only now: ${token}`);
}
