// npm run agency | doctor | events | migrate | secrets | support | token: builds the server silently if it is stale,
// then runs the command in this process.
import './node-version.mjs';
import { fileURLToPath } from 'node:url';
import { staleProjects } from './built.mjs';
import { nx } from './nx.mjs';

const [name, ...args] = process.argv.slice(2);
// Nx would replace an up-to-date build under the servers that run from it.
if (staleProjects().includes('server')) {
  const { code, output } = await nx(['run', '@bpoc/server:build', '--output-style=static']);
  if (code !== 0) {
    process.stderr.write(output);
    console.error('The build failed: see above.');
    process.exit(1);
  }
}
const command = new URL(`../server/dist/cli/${name}.js`, import.meta.url);
process.argv.splice(1, Infinity, fileURLToPath(command), ...args);
process.setSourceMapsEnabled(true);
await import(command.href);
