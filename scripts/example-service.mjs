// npm run example:service: builds examples/applications-service and runs it in this process beside "npm start", in a
// schema of its own in that database. Elsewhere: set DATABASE_URL, AGENCY_ID, BPOC_WEBHOOKS_URL, BPOC_WEBHOOKS_TOKEN.
import './node-version.mjs';
import { readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { nx } from './nx.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const dataDir = resolve(root, process.env.DATA_DIR ?? '.data');
const PORT_LINE = 3;

/** The settings for the running demo. */
function demoSettings() {
  const text = (name) => readFileSync(join(dataDir, name), 'utf8');
  const { url, agencyId, serviceToken } = JSON.parse(text('demo.json'));
  const { login } = JSON.parse(text('postgres.json'));
  const port = text('postgres/postmaster.pid').split('\n')[PORT_LINE];
  return {
    DATABASE_URL: `postgres://bpoc:${login}@127.0.0.1:${port}/bpoc`,
    AGENCY_ID: agencyId,
    BPOC_WEBHOOKS_URL: url,
    BPOC_WEBHOOKS_TOKEN: serviceToken,
  };
}

function settings() {
  const names = ['DATABASE_URL', 'AGENCY_ID', 'BPOC_WEBHOOKS_URL', 'BPOC_WEBHOOKS_TOKEN'];
  if (names.every((name) => process.env[name])) return {};
  try {
    return demoSettings();
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
    console.error(`There is no demo in ${dataDir}: run "npm start" first, and keep it running.`);
    return process.exit(1);
  }
}

Object.assign(process.env, { ...settings(), ...process.env });
const { code, output } = await nx(['run', '@bpoc/applications-service:build', '--output-style=static']);
if (code !== 0) {
  process.stderr.write(output);
  console.error('The build failed: see above.');
  process.exit(1);
}
await import(new URL('../examples/applications-service/dist/main.js', import.meta.url).href);
