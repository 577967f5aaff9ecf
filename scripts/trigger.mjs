// npm run trigger -- application.created: publishes the catalogue's example of that event, with fresh ids, to the
// running demo. Another server: set BPOC_WEBHOOKS_URL, BPOC_WEBHOOKS_TOKEN (service token), BPOC_AGENCY_ID and
// BPOC_API_KEY (to read the catalogue).
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const demoFile = join(resolve(root, process.env.DATA_DIR ?? '.data'), 'demo.json');

/** An error of which users need only the message. */
class UserError extends Error {}

function readDemo() {
  try {
    return JSON.parse(readFileSync(demoFile, 'utf8'));
  } catch (error) {
    if (error.code === 'ENOENT') return {};
    throw new UserError(`${demoFile} cannot be read: ${error.message}`);
  }
}

/** The address of the newest server started in this folder that still answers. */
async function runningUrl({ url, earlier = [] }) {
  for (const one of [url, ...earlier].filter(Boolean)) {
    if (
      await fetch(`${one}/health/live`).then(
        ({ ok }) => ok,
        () => false,
      )
    )
      return one;
  }
  return url;
}

async function settings() {
  const demo = readDemo();
  const found = {
    url: process.env.BPOC_WEBHOOKS_URL ?? (await runningUrl(demo)),
    serviceToken: process.env.BPOC_WEBHOOKS_TOKEN ?? demo.serviceToken,
    agencyId: process.env.BPOC_AGENCY_ID ?? demo.agencyId,
    apiKey: process.env.BPOC_API_KEY ?? demo.apiKey,
  };
  if (Object.values(found).some((value) => !value)) {
    throw new UserError(`There is no demo in ${demoFile}: run "npm start" first, and keep it running.`);
  }
  return { ...found, url: found.url.replace(/\/+$/, '') };
}

/** Calls the API and returns its JSON; a refusal becomes a UserError with the server's message. */
async function call(url, token, init = {}) {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const response = await fetch(url, { ...init, headers }).catch((error) => {
    throw new UserError(`No server answers at ${url} (${error.cause?.code ?? error.message}). Is "npm start" running?`);
  });
  const text = await response.text();
  if (response.ok) return JSON.parse(text);
  const problem = text.startsWith('{') ? JSON.parse(text) : {};
  const fields = (problem.errors ?? []).map((error) => `\n  ${error.field}: ${error.message}`).join('');
  throw new UserError(`${url} answered ${response.status}: ${problem.detail ?? problem.title ?? text}${fields}`);
}

/** The example with new ids, so that each call is about a different candidate. */
function withFreshIds(data) {
  const fresh = ([name, value]) => [name, name.endsWith('Id') ? randomUUID() : value];
  return Object.fromEntries(Object.entries(data).map(fresh));
}

function listOf(types) {
  return types.map(({ type, title }) => `  ${type.padEnd(28)} ${title}`).join('\n');
}

async function trigger(type) {
  const { url, apiKey, agencyId, serviceToken } = await settings();
  const { data: types } = await call(`${url}/api/recruiter/event-types`, apiKey);
  const known = types.find((one) => one.type === type);
  if (!known) {
    const problem = type ? `There is no event "${type}".` : 'Name an event.';
    throw new UserError(`${problem} Events:\n${listOf(types)}`);
  }
  const data = withFreshIds(known.example.data);
  const body = JSON.stringify({ id: randomUUID(), type, agencyId, data });
  const receipt = await call(`${url}/api/internal/events`, serviceToken, { method: 'POST', body });
  console.log(`Published ${type}: event ${receipt.id}`);
  console.log(whatFollows(receipt, url));
}

function whatFollows({ deliveries, skipped }, url) {
  if (deliveries > 0)
    return `${deliveries === 1 ? '1 delivery' : `${deliveries} deliveries`}. See ${url}/recruiter/api/deliveries`;
  if (skipped > 0)
    return `Nothing is sent: every webhook that subscribes to it is off. See ${url}/recruiter/api/webhooks`;
  return `No webhook subscribes to it. Add one at ${url}/recruiter/api/webhooks`;
}

try {
  await trigger(process.argv[2]);
} catch (error) {
  if (!(error instanceof UserError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
