import { keyringOf, runCommand, UsageError, withDatabase, withServiceDatabase } from './command.js';
import { reencryptSecrets, keyUsage } from './reencrypt-secrets.js';

const USAGE = `npm run secrets -- status   shows which keys of SECRETS_KEYS the stored secrets are encrypted with
npm run secrets -- reseal   re-encrypts them all with the first key, so that the others can be removed`;

const COMMANDS = { status: keyUsage, reseal: reencryptSecrets };

await runCommand(async (env) => {
  const [name = '', ...more] = process.argv.slice(2);
  if (!Object.hasOwn(COMMANDS, name) || more.length > 0) throw new UsageError(USAGE);
  const command = COMMANDS[name as keyof typeof COMMANDS];
  const keyring = await keyringOf(env);
  const lines = await withDatabase(env, (url) => withServiceDatabase(url, (database) => command(database, keyring)));
  console.log(lines.join('\n'));
});
