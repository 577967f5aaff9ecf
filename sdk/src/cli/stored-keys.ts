import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/* The keys from `login`, in the user's settings folder, readable only by the user. */

interface Stored {
  /** The server of the last login. */
  url: string;
  /** By the address of the server. */
  keys: Record<string, string>;
}

function folderOf(): string {
  const { XDG_CONFIG_HOME, APPDATA } = process.env;
  const base = process.platform === 'win32' ? APPDATA : XDG_CONFIG_HOME;
  return join(base || join(homedir(), '.config'), 'bpoc-webhooks');
}

const fileOf = (): string => join(folderOf(), 'keys.json');

function read(): Stored | null {
  if (!existsSync(fileOf())) return null;
  try {
    return JSON.parse(readFileSync(fileOf(), 'utf8')) as Stored;
  } catch {
    throw new Error(`${fileOf()} cannot be read: repair it, or delete it and log in again`);
  }
}

/** The server of the last login, if there was one. */
export const storedUrl = (): string | undefined => read()?.url;

/** The key for this server, if there is one. */
export function storedKey(url: string): string | undefined {
  const keys = read()?.keys ?? {};
  return Object.hasOwn(keys, url) ? keys[url] : undefined;
}

/** Stores the key and returns where. */
export function storeKey(url: string, key: string): string {
  const stored = read();
  write({ url, keys: { ...stored?.keys, [url]: key } });
  return fileOf();
}

export function forgetKey(url: string): void {
  const { [url]: _gone, ...keys } = read()?.keys ?? {};
  const [next] = Object.keys(keys);
  if (next === undefined) rmSync(fileOf(), { force: true });
  else write({ url: next, keys });
}

/** Written to a new file and renamed, so that it is never partial, nor readable by others for a moment. */
function write(stored: Stored): void {
  mkdirSync(folderOf(), { recursive: true, mode: 0o700 });
  const draft = `${fileOf()}.${process.pid}`;
  writeFileSync(draft, `${JSON.stringify(stored, null, 2)}\n`, { mode: 0o600 });
  chmodSync(draft, 0o600);
  renameSync(draft, fileOf());
}
