import { CryptoBox, parseKeyRing } from '../lib/crypto-box.js';
import type { Env } from '../config/env.js';
import { demoKeyRing } from '../embedded/secrets-key-file.js';
import { runCommand, UsageError, withDatabase, withServiceDatabase } from './command.js';
import { resealSecrets, tellKeys } from './reseal-secrets.js';

const USAGE = `npm run secrets -- status   says with which keys of SECRETS_KEYS the stored secrets are encrypted
npm run secrets -- reseal   encrypts them all with the first key, so that the others can be taken away`;

const COMMANDS = { status: tellKeys, reseal: resealSecrets };

await runCommand(async (env) => {
  const [name = '', ...more] = process.argv.slice(2);
  if (!Object.hasOwn(COMMANDS, name) || more.length > 0) throw new UsageError(USAGE);
  const command = COMMANDS[name as keyof typeof COMMANDS];
  const box = new CryptoBox(parseKeyRing(await keyRing(env)));
  const lines = await withDatabase(env, (url) => withServiceDatabase(url, (database) => command(database, box)));
  console.log(lines.join('\n'));
});

async function keyRing(env: Env): Promise<string> {
  if (env.secretsKeys !== null) return env.secretsKeys;
  if (env.databaseUrl !== null) throw new UsageError('SECRETS_KEYS must be set, as for the server.');
  return demoKeyRing(env.dataDir);
}
