// Loader hooks for TypeScript: `./x.js` resolves to `./x.ts` if that exists, and `./x`, as bundlers write it, to
// `./x.ts` or `./x.tsx`; compiled by swc and cached until the file changes.
import { existsSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const require = createRequire(import.meta.url);
const cache = require('./cache.cjs');
const globals = new URL('globals.mjs', import.meta.url).href;
let swc;

export async function resolve(specifier, context, next) {
  if (specifier === '@jest/globals') return { url: globals, format: 'module', shortCircuit: true };
  if (specifier.startsWith('.') && context.parentURL?.includes('.ts')) {
    const stem = specifier.replace(/\.js$/, '');
    for (const extension of ['.ts', '.tsx']) {
      const url = new URL(stem + extension, context.parentURL.replace(/\?.*$/, ''));
      if (existsSync(url)) return { url: url.href, format: 'module', shortCircuit: true };
    }
  }
  return next(specifier, context);
}

export async function load(url, context, next) {
  const bare = url.replace(/\?.*$/, '');
  if (!/\.tsx?$/.test(bare) || bare.includes('/node_modules/')) return next(url, context);
  const path = fileURLToPath(bare);
  const code = cache.codeOf(path);
  const isFresh = existsSync(code) && statSync(code).mtimeMs >= statSync(path).mtimeMs;
  return { format: 'module', source: isFresh ? readFileSync(code) : await compile(path), shortCircuit: true };
}

async function compile(path) {
  swc ??= await import('@swc/core');
  const { code, map } = swc.transformSync(readFileSync(path, 'utf8'), {
    filename: path,
    sourceMaps: true,
    swcrc: false,
    jsc: {
      target: 'es2022',
      parser: { syntax: 'typescript', tsx: path.endsWith('.tsx'), decorators: true },
      transform: { legacyDecorator: true, decoratorMetadata: true, react: { runtime: 'automatic' } },
    },
    module: { type: 'es6' },
  });
  replaceFile(cache.mapOf(path), map);
  replaceFile(cache.codeOf(path), code);
  return code;
}

/** Atomic, because another worker may be reading it. */
function replaceFile(file, text) {
  const temporary = `${file}.${process.pid}`;
  writeFileSync(temporary, text);
  renameSync(temporary, file);
}
