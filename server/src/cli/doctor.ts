import { KeyringError } from '../lib/keyring.js';
import { keyringOf, runCommand, UsageError, withDatabase, withServiceDatabase } from './command.js';
import { findingsOf } from './findings.js';

/* npm run doctor: checks the settings of this process, the services that they name, and this machine. */

await runCommand(async (env) => {
  const keyring = await keyringOf(env).catch((error: unknown) => {
    if (error instanceof UsageError || error instanceof KeyringError) return null;
    throw error;
  });
  const findings = await withDatabase(env, (url) =>
    findingsOf({ env, url, keyring, withDatabase: (work) => withServiceDatabase(url, work) }),
  );
  for (const { check, fault } of findings)
    console.log(`${fault ? 'wrong' : 'ok   '}  ${check.padEnd(12)} ${fault ?? ''}`);
  const wrong = findings.filter(({ fault }) => fault !== null);
  if (wrong.length > 0) throw new UsageError(`${wrong.length} wrong: ${wrong.map(({ check }) => check).join(', ')}`);
});
