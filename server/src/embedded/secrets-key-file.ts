import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The keyring of the demo: created once, kept beside its database, readable by its owner only. */
export async function demoKeyring(dataDir: string): Promise<string> {
  const file = join(dataDir, 'secrets.key');
  await mkdir(dataDir, { recursive: true });
  try {
    // Fails when the file exists, so that processes starting at once agree on one key.
    await writeFile(file, `k1:${randomBytes(32).toString('base64')}\n`, { mode: 0o600, flag: 'wx' });
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
  return (await readFile(file, 'utf8')).trim();
}
