// First step of npm run build: empties dist, so that a deleted module is not published, and marks dist/cjs as CommonJS;
// otherwise Node would follow the "type" of the package and load it as ES modules.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';

const dist = new URL('dist/', import.meta.url);
rmSync(dist, { recursive: true, force: true });
mkdirSync(new URL('cjs/', dist), { recursive: true });
writeFileSync(new URL('cjs/package.json', dist), '{"type":"commonjs"}\n');
