// The Node receiver of the original integration guide, without Express: it parses the body, serialises it again with
// JSON.stringify and checks that text. It works because BPOC serialises every message with JSON.stringify too.
// For new code use verify-node.mjs, which checks the bytes as they arrived.
import crypto from 'node:crypto';
import { createServer } from 'node:http';

function verifyWebhookSignature(payload, signature, secret) {
  const expectedSignature = 'sha256=' + crypto.createHmac('sha256', secret).update(payload).digest('hex');

  return crypto.timingSafeEqual(Buffer.from(signature), Buffer.from(expectedSignature));
}

/** The equivalent of Express with `app.use(express.json())` and `app.post('/api/webhooks/bpoc', handler)`. */
const server = createServer(async (req, res) => {
  const chunks = [];
  for await (const chunk of req) chunks.push(chunk);
  let status = 401;
  try {
    req.body = JSON.parse(Buffer.concat(chunks).toString('utf8'));
    const signature = req.headers['x-webhook-signature'];
    const payload = JSON.stringify(req.body);
    const secret = process.env.BPOC_WEBHOOK_SECRET; // From BPOC dashboard
    if (verifyWebhookSignature(payload, signature, secret)) status = 200;
  } catch {
    // No signature, or one of another length: timingSafeEqual throws. Express would answer 500; 401 is clearer.
  }
  if (status === 200) console.log('Verified webhook:', req.body.event);
  res.writeHead(status).end(status === 200 ? 'OK' : 'Invalid signature');
});

server.listen(Number(process.env.PORT ?? 4000), '127.0.0.1', () => {
  console.log(`listening on http://localhost:${server.address().port}/api/webhooks/bpoc`);
});
