import { randomBytes } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeDurably } from './durable-file.js';
import { withLock } from './local-postgres-owners.js';

const LOCK_WAIT_MS = 10_000;

/** The keyring of the demo: created once, and kept next to its database in a file that only its owner may read. */
export async function demoKeyring(dataDir: string): Promise<string> {
  const file = join(dataDir, 'secrets.key');
  await mkdir(dataDir, { recursive: true });
  const kept = await keptIn(file);
  if (kept !== null) return kept;
  // Locked, so that processes that start at once use the same key and none reads half of it.
  return withLock(`${file}.lock`, LOCK_WAIT_MS, async () => {
    const before = await keptIn(file);
    if (before !== null) return before;
    const made = `k1:${randomBytes(32).toString('base64')}`;
    // Durable before the first secret is encrypted with it: without the key that secret would be lost.
    await writeDurably(file, `${made}\n`);
    return made;
  });
}

async function keptIn(file: string): Promise<string | null> {
  try {
    return (await readFile(file, 'utf8')).trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
