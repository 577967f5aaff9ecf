import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { ROOT } from '../support/server.js';

it('no install script runs, so nothing is reported, when the packages of the container are installed', () => {
  const lock = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { dev?: boolean; optional?: boolean; hasInstallScript?: boolean }>;
  };
  const scripted = Object.entries(lock.packages).filter(([, pkg]) => pkg.hasInstallScript && !pkg.dev && !pkg.optional);
  expect(scripted.map(([path]) => path)).toEqual([]);
});
