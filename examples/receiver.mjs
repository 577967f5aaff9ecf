// A complete receiver of BPOC webhooks: no framework, nothing to install.
//
//   BPOC_WEBHOOK_SECRET=whsec_… PORT=4000 node examples/receiver.mjs
//
// Then add a webhook in BPOC with the printed address. Without a secret it accepts everything and says so.
import { createServer } from 'node:http';
import { verifyWebhook } from './verify-node.mjs';

const port = Number(process.env.PORT ?? 4000);
const secret = process.env.BPOC_WEBHOOK_SECRET ?? '';
const MAX_BODY_BYTES = 1024 * 1024; // BPOC sends at most 256 KiB.
const MAX_REMEMBERED = 10_000;
const seen = new Set(); // In a real system: a table with a unique key, kept for at least 30 days.

/** The body exactly as it arrived: the signature covers its bytes, which parsing and serialising could change. */
async function readRaw(request) {
  const chunks = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function handle(message, headers) {
  const id = headers['webhook-id'];
  // The same event can arrive twice (a retry after a lost answer, a resend): its webhook-id stays the same.
  if (id && seen.has(id)) return console.log(`again     ${message.event}  ${id}`);
  seen.add(id);
  if (seen.size > MAX_REMEMBERED) seen.delete(seen.values().next().value);
  console.log(`${secret === '' ? 'unchecked' : 'verified '} ${message.event}  ${id}  ${JSON.stringify(message.data)}`);
}

const server = createServer(async (request, response) => {
  if (request.method !== 'POST') return response.writeHead(405).end();
  try {
    const raw = await readRaw(request);
    if (raw === null) return response.writeHead(413, { connection: 'close' }).end();
    const message = secret === '' ? JSON.parse(raw.toString()) : verifyWebhook(raw, request.headers, secret);
    // Answer first (BPOC waits 10 seconds), process afterwards.
    response.writeHead(200, { 'content-type': 'text/plain' }).end('OK');
    handle(message, request.headers);
  } catch (error) {
    console.log(`refused   ${error.message}`);
    if (!response.headersSent) response.writeHead(401, { 'content-type': 'text/plain' }).end('Invalid signature');
  }
});

server.on('error', (error) => {
  console.error(error.code === 'EADDRINUSE' ? `port ${port} is taken: set PORT to another one` : error.message);
  process.exit(1);
});
server.listen(port, '127.0.0.1', () => {
  console.log(`listening on http://localhost:${server.address().port}/webhooks/bpoc`);
  if (secret === '') console.log('BPOC_WEBHOOK_SECRET is not set: signatures are not checked');
});
