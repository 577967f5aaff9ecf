// A hash of the sources of each build, so that `npm start` need not ask Nx (3.5 s) whether it is up to date. A project
// builds with `node ../scripts/built.mjs <command>`, which runs the command and writes the hash to `.built`, an output
// that Nx caches and restores with the rest.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const NOT_SOURCE = new Set(['dist', 'dist-bench', 'node_modules', 'coverage', 'test', 'bench', 'measure']);
const SHARED = ['package-lock.json', 'tsconfig.base.json', 'nx.json'];
const PROJECTS = {
  server: { sources: ['server', 'scripts/built.mjs'], result: 'server/dist/bundle.cjs' },
  admin: {
    sources: ['admin', 'examples', 'server/openapi.json', 'scripts/built.mjs'],
    result: 'admin/dist/index.html',
  },
};

/** The files of a folder that a build may read, in a fixed order. */
function filesOf(path) {
  if (!existsSync(join(root, path))) return [];
  const entries = readdirSync(join(root, path), { withFileTypes: true });
  return entries
    .filter(({ name }) => !name.startsWith('.') && !NOT_SOURCE.has(name) && !/\.(spec\.tsx?|tsbuildinfo)$/.test(name))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => (entry.isDirectory() ? filesOf(join(path, entry.name)) : [join(path, entry.name)]));
}

/** The hash of everything that the project's build reads; takes about 40 ms. */
function sourcesOf(folder) {
  const hash = createHash('sha256');
  const { sources } = PROJECTS[folder];
  const files = sources.flatMap((path) => (/\.(mjs|json)$/.test(path) ? [path] : filesOf(path)));
  for (const path of [...SHARED, ...files]) hash.update(`${path}\0`).update(readFileSync(join(root, path)));
  return hash.digest('hex');
}

const stampOf = (folder) => join(root, folder, '.built');

function isStale(folder) {
  const stamp = stampOf(folder);
  if (!existsSync(stamp) || !existsSync(join(root, PROJECTS[folder].result))) return true;
  return readFileSync(stamp, 'utf8') !== sourcesOf(folder);
}

/** The folders of projects that `npm start` needs and whose sources changed since their build. */
export const staleProjects = () => Object.keys(PROJECTS).filter(isStale);

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const folder = basename(process.cwd());
  // Hashed before the build, because files saved during it may not be included. A failed build writes no hash.
  const sources = sourcesOf(folder);
  rmSync(stampOf(folder), { force: true });
  const [command, ...args] = process.argv.slice(2);
  const { status } = spawnSync(command, args, { stdio: 'inherit', shell: process.platform === 'win32' });
  if (status === 0) writeFileSync(stampOf(folder), sources);
  process.exitCode = status ?? 1;
}
