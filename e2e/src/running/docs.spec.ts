import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { ROOT } from '../support/server.js';

const pages = [
  'README.md',
  'ARCHITECTURE.md',
  'CONTRIBUTING.md',
  'CHANGELOG.md',
  'sdk/README.md',
  'examples/README.md',
  ...readdirSync(join(ROOT, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];

const read = (page: string): string => readFileSync(join(ROOT, page), 'utf8');

describe('the documentation', () => {
  it('links only to what is there', () => {
    const missing = pages.flatMap((page) =>
      [...read(page).matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)]
        .map((match) => match[1]!)
        .filter((target) => !existsSync(join(ROOT, dirname(page), target)))
        .map((target) => `${page}: ${target}`),
    );
    expect(missing).toEqual([]);
  });

  it('names only npm commands that there are', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    // Commands with -w are those of one project.
    const unknown = pages.flatMap((page) =>
      [...read(page).matchAll(/npm run ([\w:-]+)(?![\w:-]| -w)/g)]
        .map((match) => match[1]!)
        .filter((name) => !(name in scripts))
        .map((name) => `${page}: ${name}`),
    );
    expect(unknown).toEqual([]);
  });

  it('names a test that there is for every promise about delivery but that of no order', () => {
    const promises = read('docs/delivery.md').match(/^\d+\. .*$/gm)!;
    expect(promises.length).toBeGreaterThanOrEqual(10);
    for (const promise of promises) {
      const tests = [...promise.matchAll(/`((?:api|faults|running|admin)\/[\w-]+\.spec\.ts)`/g)].map(
        (match) => match[1]!,
      );
      expect(tests.filter((path) => !existsSync(join(ROOT, 'e2e/src', path)))).toEqual([]);
      expect({ promise, shown: tests.length > 0 || promise.includes('Order is not promised') }).toEqual({
        promise,
        shown: true,
      });
    }
  });
});
