import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The key ring of the demo: made once, kept beside the database that it belongs to, readable by its owner only. */
export async function demoKeyring(dataDir: string): Promise<string> {
  const file = join(dataDir, 'secrets.key');
  await mkdir(dataDir, { recursive: true });
  try {
    // Fails when the file is there, so two processes that start at once agree on one key.
    await writeFile(file, `k1:${randomBytes(32).toString('base64')}\n`, { mode: 0o600, flag: 'wx' });
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
  return (await readFile(file, 'utf8')).trim();
}
