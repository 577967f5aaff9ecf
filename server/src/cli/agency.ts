import { parseArgs } from 'node:util';
import type { ServiceScope } from '../auth/role.js';
import { runCommand, UsageError, withDatabase, withServiceDatabase } from './command.js';
import { createAgency, type WantedAgency } from './create-agency.js';

const USAGE = `npm run agency -- create --name "North Star Recruiting" --email anna@agency.example [--owner "Anna Berg"] [--new-token] [--scopes publish,erase]

Makes an agency with its owner, and prints the owner's invite link and, once, a service token for the agency. It may publish;
with the scope erase it may also erase what events said about a candidate.
Running it again changes nothing: the link is made anew until the owner has come, a further token only with --new-token.`;

await runCommand(async (env) => {
  const wanted = readArguments(process.argv.slice(2));
  const lines = await withDatabase(env, (url) =>
    withServiceDatabase(url, (database) => createAgency(env, database, wanted)),
  );
  console.log(lines.join('\n'));
});

function readArguments(args: string[]): WantedAgency {
  const options = {
    name: { type: 'string' },
    email: { type: 'string' },
    owner: { type: 'string' },
    'new-token': { type: 'boolean', default: false },
    scopes: { type: 'string', default: 'publish' },
  } as const;
  const { values, positionals } = parse(() => parseArgs({ args, options, allowPositionals: true }));
  const { name, email, owner, 'new-token': newToken } = values;
  if (positionals.join(' ') !== 'create' || !name?.trim() || !email) throw new UsageError(USAGE);
  if (!/^[^@\s]+@[^@\s]+$/.test(email)) throw new UsageError(`"${email}" is not an e-mail address.`);
  return { name: name.trim(), email, owner, newToken, scopes: readScopes(values.scopes) };
}

/** Not `agencies`: a token for one agency makes no others. */
function readScopes(text: string): ServiceScope[] {
  return text.split(',').map((scope) => {
    if (scope === 'publish' || scope === 'erase') return scope;
    throw new UsageError(`"${scope}" is not a scope: publish, erase.`);
  });
}

function parse<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new UsageError(`${(error as Error).message}\n\n${USAGE}`, { cause: error });
  }
}
