const { createHash } = require('node:crypto');
const { mkdirSync, readFileSync } = require('node:fs');
const path = require('node:path');

/** Compiled specs and sources with their maps, separate for each version of compiler and loader. */
const version = createHash('sha1')
  .update(readFileSync(path.join(__dirname, 'hooks.mjs')))
  .update(require('@swc/core/package.json').version)
  .digest('hex')
  .slice(0, 8);
const folder = path.join(__dirname, '../../../node_modules/.cache/bpoc-specs', version);
mkdirSync(folder, { recursive: true });
const base = (file) => path.join(folder, createHash('sha1').update(file).digest('hex').slice(0, 20));
exports.codeOf = (file) => `${base(file)}.js`;
exports.mapOf = (file) => (/\.tsx?$/.test(file) ? `${base(file)}.map` : undefined);
