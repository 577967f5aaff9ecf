import type { ServiceScope } from '../auth/role.js';
import type { Env } from '../config/env.js';
import { publicUrlOf } from '../config/public-url.js';
import { readArguments, runCommand, UsageError, withDatabase, withServiceDatabase } from './command.js';
import { createAgency, type WantedAgency } from './create-agency.js';

const USAGE = `npm run agency -- create --name "North Star Recruiting" --email anna@agency.example [--owner "Anna Berg"]
    [--url https://webhooks.example] [--scopes publish,erase] [--new-invite] [--new-token]

Creates an agency with its owner, and prints, once only, the owner's invite link and a service token for the agency.
The token may publish; with the scope erase it may also erase what events said about a candidate.
--url: URL at which browsers reach the server, if it is not PUBLIC_URL.
Running it again changes nothing. --new-invite creates another link and invalidates the previous one; --new-token adds
a token.`;

await runCommand(async (env) => {
  const wanted = wantedAgency(process.argv.slice(2), env);
  const lines = await withDatabase(env, (url) =>
    withServiceDatabase(url, (database) => createAgency(database, wanted)),
  );
  console.log(lines.join('\n'));
});

function wantedAgency(args: string[], env: Env): WantedAgency {
  const options = {
    name: { type: 'string' },
    email: { type: 'string' },
    owner: { type: 'string' },
    url: { type: 'string' },
    'new-invite': { type: 'boolean', default: false },
    'new-token': { type: 'boolean', default: false },
    scopes: { type: 'string', default: 'publish' },
  } as const;
  const { values, positionals } = readArguments(USAGE, { args, options, allowPositionals: true });
  const { name, email, owner, 'new-invite': newInvite, 'new-token': newToken } = values;
  if (positionals.join(' ') !== 'create' || !name?.trim() || !email) throw new UsageError(USAGE);
  if (!/^[^@\s]+@[^@\s]+$/.test(email)) throw new UsageError(`"${email}" is not an email address.`);
  const scopes = readScopes(values.scopes);
  return { name: name.trim(), email, owner, newInvite, newToken, scopes, origin: readOrigin(values.url, env) };
}

/** Only with the embedded database is the server certainly on this machine, and with PORT=0 its port is unknown. */
function readOrigin(given: string | undefined, env: Env): string {
  if (given !== undefined && !/^https?:\/\//.test(given))
    throw new UsageError(`"${given}" is not an address: https://…`);
  const local = env.databaseUrl === null && env.port !== 0 ? publicUrlOf(env, env.port) : null;
  const origin = given?.replace(/\/+$/, '') ?? env.publicUrl ?? local;
  if (origin === null)
    throw new UsageError('The invite link needs the address of the server: set PUBLIC_URL, or give --url https://….');
  return origin;
}

/** Not `agencies`: a token for one agency must not create others. */
function readScopes(text: string): ServiceScope[] {
  return text.split(',').map((scope) => {
    if (scope === 'publish' || scope === 'erase') return scope;
    throw new UsageError(`"${scope}" is not a scope: publish, erase.`);
  });
}
