import { parseArgs } from 'node:util';
import { runCommand, UsageError, withDatabase, withServiceDatabase } from './command.js';
import { createAgency, type WantedAgency } from './create-agency.js';

const USAGE = `npm run agency -- create --name "North Star Recruiting" --email anna@agency.example [--owner "Anna Berg"] [--new-token]

Makes an agency with its owner, and prints the owner's invite link and, once, a service token that may publish for the agency.
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
