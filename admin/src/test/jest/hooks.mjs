// Loader hooks for what Vite turns into modules: style sheets, JSON and coloured code.
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

const COLOURED = /\?coloured$/;
/** A class name maps to itself in tests; style rules do not matter. */
const CLASSES = 'export default new Proxy({}, { get: (_target, name) => String(name) });';
let colours;

export async function resolve(specifier, context, next) {
  if (!COLOURED.test(specifier)) return next(specifier, context);
  return { url: new URL(specifier, context.parentURL).href, format: 'module', shortCircuit: true };
}

export async function load(url, context, next) {
  if (url.endsWith('.css')) return { format: 'module', source: CLASSES, shortCircuit: true };
  if (url.endsWith('/public/pages.json'))
    return { format: 'module', source: `export default ${await readFile(new URL(url), 'utf8')}`, shortCircuit: true };
  if (!COLOURED.test(url)) return next(url, context);
  colours ??= await import('../../../code-colours.mjs');
  const file = fileURLToPath(url.replace(COLOURED, ''));
  return { format: 'module', source: await colours.codeModule(await readFile(file, 'utf8'), file), shortCircuit: true };
}
