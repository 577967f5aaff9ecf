import { hostname } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Api, ApiError } from './api.js';
import { storedKey, storeKey } from './stored-keys.js';
import { plainLine, print } from './terminal.js';

const HELP = `bpoc-webhooks login [--url https://…]

Signs in with the browser: shows a code, which an admin of the agency enters in the app. The key is stored in your
settings folder, readable only by you, and used by the other commands unless BPOC_API_KEY is set. The key of an
earlier login to the same server is revoked.

  --url https://…  the server; default: BPOC_WEBHOOKS_URL, else that of the last login
`;

interface Started {
  device_code: string;
  user_code: string;
  verification_path: string;
  verification_url: string | null;
  expires_in: number;
  interval: number;
}

interface Status {
  status: 'pending' | 'allowed' | 'denied' | 'expired';
  key: string | null;
}

interface Me {
  role: string;
  agency: { name: string };
}

/** `login`. Rejects if the person refuses or the code expires. */
export async function loginCommand(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: { url: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
  });
  if (values.help) return void process.stdout.write(HELP);
  const api = Api.withoutKey(values);
  const client = `bpoc-webhooks on ${plainLine(hostname()) || 'a computer'}`.slice(0, 200);
  const started = await api.post<Started>('/api/auth/codes', { client });
  print(`Open ${plainLine(started.verification_url ?? api.url + started.verification_path)}`);
  print(`and enter the code: ${plainLine(started.user_code)}`);
  const key = await keyOf(api, started);
  const replaced = storedKey(api.url);
  const file = storeKey(api.url, key);
  const { role, agency } = await new Api(api.url, key).get<Me>('/api/me');
  print(`Signed in as ${role} of ${plainLine(agency.name)}. The key is in ${file}.`);
  if (replaced !== undefined) print(await revoked(api, replaced));
}

/** Revokes the previous key and says how that went; the login has succeeded in any case. */
async function revoked(api: Api, key: string): Promise<string> {
  try {
    await api.post('/api/auth/revoke-key', { key });
    return 'The key of the earlier login is revoked.';
  } catch (error) {
    return `The key of the earlier login could not be revoked (${(error as Error).message}): revoke it in the app.`;
  }
}

/** Polls until there is an answer, across restarts of the server and network failures. */
async function keyOf(api: Api, { device_code, expires_in, interval }: Started): Promise<string> {
  const end = Date.now() + expires_in * 1000;
  while (Date.now() < end) {
    await pause(interval * 1000);
    const { status, key } = await api.post<Status>('/api/auth/codes/key', { device_code }).catch((error: unknown) => {
      if (error instanceof ApiError && error.isTransient) return { status: 'pending', key: null } as const;
      throw error;
    });
    if (key !== null) return key;
    if (status === 'denied') throw new Error('the sign-in was refused in the browser');
    if (status === 'expired') break;
  }
  throw new Error('the code has expired: log in again');
}
