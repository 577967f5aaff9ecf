import { describe, expect, it } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

describe('the types of the API', () => {
  it("are generated from the server's published description (npm run generate)", () => {
    const admin = fileURLToPath(new URL('../../', import.meta.url));
    const { scripts } = JSON.parse(readFileSync(`${admin}package.json`, 'utf8')) as { scripts: { generate: string } };
    const [, ...words] = scripts.generate.split(' ').filter((word) => word !== '-o' && word !== 'src/api/schema.d.ts');
    // Without -o, the command prints its output.
    const cli = fileURLToPath(new URL('../../node_modules/openapi-typescript/bin/cli.js', import.meta.url));
    const generated = execFileSync(process.execPath, [cli, ...words], { cwd: admin, encoding: 'utf8', stdio: 'pipe' });
    expect(readFileSync(`${admin}src/api/schema.d.ts`, 'utf8').trim()).toBe(generated.trim());
  });
});
