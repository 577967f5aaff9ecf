import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { describe, it } from '@jest/globals';

export type Requirement =
  | 'browser'
  | 'python'
  | 'php'
  | 'ruby'
  | 'go'
  | 'java'
  | 'postgresql'
  | 'schemathesis'
  | 'nats'
  | 'pgbouncer'
  | 'haproxy'
  | 'promtool';

const required = new Set((process.env['E2E_REQUIRE'] ?? '').split(',').map((name) => name.trim()));

/** A `describe` that is skipped if its program is missing, or fails if E2E_REQUIRE names the program (CI). */
export function describeWith(requirement: Requirement, path: string | null, title: string, body: () => void): void {
  if (path !== null)
    describe(title, () => {
      body();
    });
  else if (required.has(requirement)) {
    describe(title, () => {
      it(`needs a ${requirement}`, () => {
        throw new Error(`E2E_REQUIRE asks for a ${requirement}, and there is none on this machine`);
      });
    });
  } else {
    // oxlint-disable-next-line jest/no-disabled-tests -- names what did not run, and counts as skipped
    describe.skip(`${title} (skipped: no ${requirement} on this machine)`, () => {
      body();
    });
  }
}

const BROWSERS = [
  // Only the headless shell, which needs a quarter less CPU.
  '/usr/bin/chromium-headless-shell',
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

/** CHROME_PATH, else a well-known path; null if there is none. */
export function findBrowser(): string | null {
  return [process.env['CHROME_PATH'] ?? '', ...BROWSERS].find((path) => path !== '' && existsSync(path)) ?? null;
}

/** The name of a Python 3 that runs, or null. */
export function findPython(): string | null {
  return (
    ['python3', 'python'].find(
      (name) => spawnSync(name, ['-c', 'import sys; assert sys.version_info[0] == 3']).status === 0,
    ) ?? null
  );
}

/** The program of a command that succeeds, or null. */
export function findProgram([name, ...args]: readonly [string, ...string[]]): string | null {
  return spawnSync(name, args).status === 0 ? name : null;
}
