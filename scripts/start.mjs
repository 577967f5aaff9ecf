// npm start: builds what changed, then runs the server in this process, so that it gets signals directly and sets the
// exit code.
import './node-version.mjs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { staleProjects } from './built.mjs';
import { nx } from './nx.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

async function buildWhatIsStale() {
  const stale = staleProjects();
  if (stale.length === 0) return;
  const from = performance.now();
  console.log(`building ${stale.join(' and ')} …`);
  const names = stale.map((folder) => `@bpoc/${folder}`);
  const { code, output } = await nx(['run-many', '-t', 'build', '-p', ...names, '--output-style=static']);
  if (code !== 0) {
    process.stderr.write(output);
    console.error('The build failed: see above.');
    process.exit(1);
  }
  console.log(`built in ${((performance.now() - from) / 1000).toFixed(1)} s`);
}

await buildWhatIsStale();
await import(pathToFileURL(join(root, 'server', 'start.cjs')).href);
