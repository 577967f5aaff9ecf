import { spawnSync } from 'node:child_process';
import { afterAll, describe, expect, it } from '@jest/globals';
import { verify, verifyLegacy, VerificationError } from 'bpoc-webhooks';
import { Webhook as StandardWebhook } from 'standardwebhooks';
import { addWebhook, applicationCreated, deliveriesOf, publish, recruiter } from '../support/client.js';
import { eventually } from '../support/eventually.js';
import { Program } from '../support/program.js';
import { startReceiver } from '../support/receiver.js';
import { describeWith, findPython } from '../support/requirements.js';
import { ROOT } from '../support/server.js';
import { sharedServer } from '../support/shared.js';

/* Every documented way to check a signature, against bytes that the server really sent. */

const WRONG_SECRET = 'whsec_BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=';
const python = findPython();

interface NodeSnippet {
  verifyWebhook: (body: Buffer, headers: Record<string, string>, secret: string) => unknown;
  verifySignatureHeader: (body: Buffer, signature: string | undefined, secret: string) => boolean;
}

const snippetFile = new URL('../../../examples/verify-node.mjs', import.meta.url).href;
const { verifyWebhook, verifySignatureHeader } = (await import(snippetFile)) as NodeSnippet;

const [server, receiver] = await Promise.all([sharedServer(), startReceiver()]);
const webhook = await addWebhook(server, { url: receiver.url('/captured'), events: ['application.created'] });
await publish(server, applicationCreated(server, { candidateName: 'Ñandú 候補者 🎉 \\"/' }));
const request = await receiver.next('/captured');
const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
afterAll(() => receiver.close());

describe('a signature that the server made', () => {
  it('verifies with the official standardwebhooks package', () => {
    expect(new StandardWebhook(webhook.secret).verify(request.body, headers)).toMatchObject({
      event: 'application.created',
    });
    expect(() => new StandardWebhook(WRONG_SECRET).verify(request.body, headers)).toThrow('No matching signature');
  });

  it('verifies with verify() and verifyLegacy() of the npm package', () => {
    const input = { body: request.body, headers, secret: webhook.secret };
    expect(verify(input)).toMatchObject({ event: 'application.created', id: headers['webhook-id'], test: false });
    const simple = { 'x-webhook-signature': headers['x-webhook-signature'] };
    expect(verifyLegacy({ ...input, headers: simple }).event).toBe('application.created');
    expect(() => verify({ ...input, headers: simple })).toThrow('webhook-id is missing');
    expect(() => verify({ ...input, secret: WRONG_SECRET })).toThrow(VerificationError);
  });

  it('verifies with the Node snippet of the Guide, by either scheme', () => {
    expect(verifyWebhook(request.body, headers, webhook.secret)).toMatchObject({ event: 'application.created' });
    expect(() => verifyWebhook(request.body, headers, WRONG_SECRET)).toThrow('does not fit');
    expect(() => verifyWebhook(request.body, {}, webhook.secret)).toThrow('missing');
    const old = { ...headers, 'webhook-timestamp': String(Number(headers['webhook-timestamp']) - 301) };
    expect(() => verifyWebhook(request.body, old, webhook.secret)).toThrow('does not fit');
    expect(verifySignatureHeader(request.body, headers['x-webhook-signature'], webhook.secret)).toBe(true);
    expect(verifySignatureHeader(request.body, headers['x-webhook-signature'], WRONG_SECRET)).toBe(false);
    expect(verifySignatureHeader(request.body, undefined, webhook.secret)).toBe(false);
  });
});

/** A documented receiver as a program: it accepts real events, and refuses them with another secret. */
async function expectDocumentedReceiver(command: string, file: string): Promise<void> {
  const listen = async (secret: string): Promise<{ program: Program; url: string }> => {
    const program = new Program(command, [file], { PORT: '0', BPOC_WEBHOOK_SECRET: secret });
    return { program, url: await program.listening() };
  };
  // The secret is known only after creation, so the webhook points to a first run and is moved to the second.
  const refusing = await listen(WRONG_SECRET);
  const own = await addWebhook(server, { url: refusing.url, events: ['offer.accepted'] });
  const accepting = await listen(own.secret);
  const data = { offerId: 'o', applicationId: 'a', candidateId: 'c – 候補者', acceptedAt: '2026-01-22T10:29:00Z' };
  const event = { type: 'offer.accepted', agencyId: server.demo.agencyId, data };
  try {
    await publish(server, event);
    await eventually(async () => {
      expect(await deliveriesOf(server, own.id)).toMatchObject([
        { status: 'failed', reason: 'not_allowed', response_status: 401 },
      ]);
    });
    expect(refusing.program.output).not.toContain('Verified');
    await moveWebhook(own.id, accepting.url);
    await publish(server, event);
    await eventually(async () => {
      const [newest] = await deliveriesOf(server, own.id);
      expect(newest).toMatchObject({ status: 'delivered', response_status: 200 });
    });
    // Its output comes through a pipe and its answer through a socket, so either may be first.
    await eventually(() => expect(accepting.program.output).toContain('Verified webhook: offer.accepted'));
  } finally {
    await Promise.all([refusing.program.stop(), accepting.program.stop()]);
    await removeWebhook(own.id);
  }
}

async function moveWebhook(id: string, url: string): Promise<void> {
  const response = await recruiter(server).patch(`/api/recruiter/webhooks/${id}`).send({ url });
  expect(response.status).toBe(200);
}

async function removeWebhook(id: string): Promise<void> {
  expect((await recruiter(server).delete(`/api/recruiter/webhooks/${id}`)).status).toBe(204);
}

describe('the documented Node receiver', () => {
  it('accepts real requests although it checks JSON.stringify(req.body), and refuses another secret', async () => {
    await expectDocumentedReceiver(process.execPath, 'examples/documented-node.mjs');
  });
});

describeWith('python', python, 'the documented Python receiver', () => {
  it('accepts what the server sends by the raw body, and refuses another secret', async () => {
    await expectDocumentedReceiver(python!, 'examples/documented_python.py');
  });
});

describeWith('python', python, 'the Python snippet of the Guide', () => {
  const PROGRAM = `
import base64, json, sys
sys.dont_write_bytecode = True
sys.path.insert(0, 'examples')
from verify_python import verify_signature_header, verify_webhook
given = json.load(sys.stdin)
body = base64.b64decode(given['body'])
def attempt(headers, secret):
    try:
        return verify_webhook(body, headers, secret)['event']
    except ValueError as error:
        return str(error)
headers, secret, wrong = given['headers'], given['secret'], given['wrong']
stale = {**headers, 'webhook-timestamp': 'not-a-number'}
print(json.dumps([
    attempt(headers, secret), attempt(headers, wrong), attempt({}, secret), attempt(stale, secret),
    verify_signature_header(body, headers['x-webhook-signature'], secret),
    verify_signature_header(body, headers['x-webhook-signature'], wrong),
    verify_signature_header(body, None, secret),
]))`;

  it('verifies by either scheme and refuses a wrong secret, missing headers and a changed time', () => {
    const input = { body: request.body.toString('base64'), headers, secret: webhook.secret, wrong: WRONG_SECRET };
    const run = spawnSync(python!, ['-c', PROGRAM], { cwd: ROOT, input: JSON.stringify(input), encoding: 'utf8' });
    expect(run.stderr).toBe('');
    const misfit = expect.stringContaining('does not fit');
    expect(JSON.parse(run.stdout)).toEqual([
      'application.created',
      misfit,
      expect.stringContaining('missing'),
      misfit,
      true,
      false,
      false,
    ]);
  });
});
