// First step of npm run build: an empty dist, so that a deleted module is not published, with the mark of its CommonJS
// half, without which Node would read dist/cjs as the "type" of the package says: as ES modules.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';

const dist = new URL('dist/', import.meta.url);
rmSync(dist, { recursive: true, force: true });
mkdirSync(new URL('cjs/', dist), { recursive: true });
writeFileSync(new URL('cjs/package.json', dist), '{"type":"commonjs"}\n');
