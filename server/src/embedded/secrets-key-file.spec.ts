import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { parseKeyring } from '../lib/keyring.js';
import { demoKeyring } from './secrets-key-file.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bpoc-key-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

it('makes one key for all that start at once, which only its owner reads, and keeps it', async () => {
  const dataDir = join(folder, 'data');
  const keys = new Set(await Promise.all(Array.from({ length: 8 }, () => demoKeyring(dataDir))));
  expect([...keys]).toEqual([(await readFile(join(dataDir, 'secrets.key'), 'utf8')).trim()]);
  expect(await demoKeyring(dataDir)).toBe([...keys][0]);
  expect(() => parseKeyring([...keys][0]!)).not.toThrow();
  expect(await readdir(dataDir)).toEqual(['secrets.key']);
  if (process.platform !== 'win32') expect((await stat(join(dataDir, 'secrets.key'))).mode & 0o777).toBe(0o600);
});
