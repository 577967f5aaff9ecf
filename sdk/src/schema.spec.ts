import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from '@jest/globals';

it("types and rules of fields are those of the server's OpenAPI document (else: npm run generate)", () => {
  const generator = fileURLToPath(new URL('../generate.mjs', import.meta.url));
  const printed = execFileSync(process.execPath, [generator, '--print'], { encoding: 'utf8' });
  const fresh = JSON.parse(printed) as Record<string, string>;
  expect(Object.keys(fresh)).toHaveLength(2);
  for (const [name, text] of Object.entries(fresh))
    expect(readFileSync(new URL(`./${name}`, import.meta.url), 'utf8')).toBe(text);
});
