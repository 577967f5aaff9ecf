import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from '@jest/globals';

it("the types are those of the server's OpenAPI document (else: npm run generate)", () => {
  const generator = fileURLToPath(new URL('../generate.mjs', import.meta.url));
  const fresh = execFileSync(process.execPath, [generator, '--print'], { encoding: 'utf8' });
  expect(readFileSync(new URL('./schema.gen.ts', import.meta.url), 'utf8')).toBe(fresh);
});
