import { parseArgs } from 'node:util';
import { Api } from './api.js';
import { forgetKey, storedKey } from './stored-keys.js';
import { print } from './terminal.js';

const HELP = `bpoc-webhooks logout [--url https://…]

Revokes the key from login and deletes it here.

  --url https://…  the server; default: BPOC_WEBHOOKS_URL, else that of the last login
`;

/** `logout`. Keeps the stored key if the server is unreachable, because it would still be valid. */
export async function logoutCommand(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: { url: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
  });
  if (values.help) return void process.stdout.write(HELP);
  const api = Api.withoutKey(values);
  const key = storedKey(api.url);
  if (key === undefined) return print(`There is no key for ${api.url}.`);
  await api.post('/api/auth/revoke-key', { key });
  forgetKey(api.url);
  print('Signed out: the key no longer works.');
}
