// npm start: builds what changed, then runs the server in this very process, so that a signal reaches it once and its exit code is ours.
import './node-version.mjs';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { nx } from './nx.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const STAMP = join(root, 'node_modules', '.cache', 'bpoc-start.json');
const NOT_SOURCE = new Set(['dist', 'node_modules', '.results', 'coverage', '.vite']);
const PROJECTS = [
  { name: '@bpoc/server', folders: ['server'], result: 'server/dist/main.js' },
  { name: '@bpoc/admin', folders: ['admin', 'examples'], result: 'admin/dist/index.html' },
];

/** Name, size and time of every source file: 20 ms, where asking Nx whether a build is fresh costs more than a second. */
function fingerprint(folders) {
  const hash = createHash('sha256');
  const add = (path) => {
    const { mtimeMs, size } = statSync(path);
    hash.update(`${path}\0${mtimeMs}\0${size}\n`);
  };
  const walk = (folder) => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      if (NOT_SOURCE.has(entry.name)) continue;
      const path = join(folder, entry.name);
      if (entry.isDirectory()) walk(path);
      else if (entry.isFile()) add(path);
    }
  };
  for (const file of ['package-lock.json', 'tsconfig.base.json', 'nx.json']) add(join(root, file));
  for (const folder of folders) walk(join(root, folder));
  return hash.digest('hex');
}

function readStamps() {
  try {
    return JSON.parse(readFileSync(STAMP, 'utf8'));
  } catch {
    return {}; // Never started here, or the file was cut short: build everything.
  }
}

async function buildWhatIsStale() {
  const stamps = readStamps();
  const now = Object.fromEntries(PROJECTS.map(({ name, folders }) => [name, fingerprint(folders)]));
  const stale = PROJECTS.filter(({ name, result }) => stamps[name] !== now[name] || !existsSync(join(root, result)));
  if (stale.length === 0) return;
  const names = stale.map(({ name }) => name);
  const from = performance.now();
  console.log(`building ${names.map((name) => name.replace('@bpoc/', '')).join(' and ')} …`);
  const { code, output } = await nx(['run-many', '-t', 'build', '-p', ...names, '--output-style=static']);
  if (code !== 0) {
    process.stderr.write(output);
    console.error('The build failed: see above.');
    process.exit(1);
  }
  console.log(`built in ${((performance.now() - from) / 1000).toFixed(1)} s`);
  mkdirSync(dirname(STAMP), { recursive: true });
  writeFileSync(STAMP, JSON.stringify({ ...stamps, ...Object.fromEntries(names.map((name) => [name, now[name]])) }));
}

await buildWhatIsStale();
process.setSourceMapsEnabled(true);
await import(pathToFileURL(join(root, 'server', 'dist', 'main.js')).href);
