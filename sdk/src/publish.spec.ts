import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  configureWebhooks,
  ensureWebhook,
  PublishError,
  publishEvent,
  publishEvents,
  webhookApplicationCreated,
} from './main.js';

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

interface Seen {
  method: string | undefined;
  url: string | undefined;
  authorization: string | undefined;
  idempotencyKey: unknown;
  body: unknown;
}

let server: Server;
let url: string;
let script: Answer[];
let seen: Seen[];

const accepted: Answer = (_request, response) => {
  response.writeHead(202, { 'content-type': 'application/json' }).end('{"id":"e-1","deliveries":2}');
};

function problem(status: number, body: object, headers: Record<string, string> = {}): Answer {
  return (_request, response) => {
    response.writeHead(status, { 'content-type': 'application/problem+json', ...headers }).end(JSON.stringify(body));
  };
}

const application = {
  applicationId: 'uuid-123',
  jobId: 'uuid-456',
  candidateId: 'uuid-789',
  candidateName: 'Maria Santos',
  candidateEmail: 'maria@example.com',
  jobTitle: 'Customer Service Representative',
};

async function refusalOf(promise: Promise<unknown>): Promise<PublishError> {
  const error: unknown = await promise.then(
    () => new Error('was accepted'),
    (reason: unknown) => reason,
  );
  if (error instanceof PublishError) return error;
  throw error;
}

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  seen.push({
    method: request.method,
    url: request.url,
    authorization: request.headers.authorization,
    idempotencyKey: request.headers['idempotency-key'],
    body: JSON.parse(Buffer.concat(chunks).toString()),
  });
  (script.shift() ?? accepted)(request, response);
}

beforeEach(async () => {
  script = [];
  seen = [];
  server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  configureWebhooks({ url, token: 'bpoc_svc_test', timeoutMs: 5000 });
});

afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  configureWebhooks({});
  delete process.env['BPOC_WEBHOOKS_URL'];
  delete process.env['BPOC_WEBHOOKS_TOKEN'];
});

describe('publishing over HTTP', () => {
  it('sends the flat object as an event: agencyId next to data, not inside it', async () => {
    const receipt = await webhookApplicationCreated({ ...application, agencyId: 'a-1' });
    expect(receipt).toEqual({ id: 'e-1', deliveries: 2 });
    expect(seen).toEqual([
      {
        method: 'POST',
        url: '/api/internal/events',
        authorization: 'Bearer bpoc_svc_test',
        body: {
          type: 'application.created',
          agencyId: 'a-1',
          data: application,
          id: expect.stringMatching(/^[0-9a-f-]{36}$/),
        },
      },
    ]);
  });

  it('sends occurredAt, the id and the trace that the caller chose', async () => {
    const occurredAt = new Date('2026-01-22T10:30:00Z');
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
    await webhookApplicationCreated({ ...application, agencyId: 'a-1', occurredAt, id: 'application-7', traceparent });
    const sent = { occurredAt: '2026-01-22T10:30:00.000Z', id: 'application-7', traceparent, data: application };
    expect(seen[0]!.body).toMatchObject(sent);
  });

  it('reads address and token from the environment', async () => {
    configureWebhooks({});
    process.env['BPOC_WEBHOOKS_URL'] = `${url}/`;
    process.env['BPOC_WEBHOOKS_TOKEN'] = 'from-environment';
    await publishEvent({ type: 'application.created', agencyId: 'a-1', data: application });
    expect(seen[0]).toMatchObject({ url: '/api/internal/events', authorization: 'Bearer from-environment' });
  });

  it('rejects, and never throws synchronously, when nothing is configured', async () => {
    configureWebhooks({});
    const promise = webhookApplicationCreated({ ...application, agencyId: 'a-1' });
    const error = await refusalOf(promise);
    expect(error.code).toBe('not_configured');
    expect(error.message).toContain('BPOC_WEBHOOKS_URL and BPOC_WEBHOOKS_TOKEN');
  });

  it.each([408, 429, 500, 502, 503, 504])('tries again after %i with the same id: stored once', async (status) => {
    script = [problem(status, { code: 'any' })];
    await webhookApplicationCreated({ ...application, agencyId: 'a-1' });
    expect(seen).toHaveLength(2);
    expect(seen[1]!.body).toEqual(seen[0]!.body);
  });

  it('retries when the connection is cut', async () => {
    script = [(request) => void request.socket.destroy(), accepted];
    await webhookApplicationCreated({ ...application, agencyId: 'a-1' });
    expect(seen).toHaveLength(2);
  });

  it('gives up at once when Retry-After exceeds the remaining time', async () => {
    script = [problem(429, { code: 'too_many_requests', detail: 'Later.' }, { 'retry-after': '60' })];
    const error = await refusalOf(webhookApplicationCreated({ ...application, agencyId: 'a-1' }));
    expect(error).toMatchObject({ code: 'too_many_requests', status: 429, tries: 1 });
    expect(error.message).toMatch(/^Later\. \(answer 429, tried once in \d(\.\d)? s; it asks to wait 60 s\)$/);
  });

  it('ends within its time limit when the server never answers', async () => {
    configureWebhooks({ url, token: 't', timeoutMs: 600 });
    const hang: Answer = () => {};
    script = [hang, hang, hang, hang];
    const from = performance.now();
    const error = await refusalOf(webhookApplicationCreated({ ...application, agencyId: 'a-1' }));
    expect(error.code).toBe('timeout');
    expect(performance.now() - from).toBeLessThan(4_000);
    expect(seen.length).toBeGreaterThanOrEqual(2);
  });

  it('does not retry a refusal, and reports code, fields and request id', async () => {
    const errors = [{ field: 'data.jobId', code: 'required', message: 'is missing' }];
    const detail = 'The event is not as the catalogue says.';
    script = [problem(400, { code: 'validation_failed', detail, request_id: 'r-9', errors })];
    const error = await refusalOf(webhookApplicationCreated({ ...application, agencyId: 'a-1' }));
    expect(error).toMatchObject({ code: 'validation_failed', status: 400, errors, requestId: 'r-9', tries: 1 });
    expect(error.message).toBe(`${detail} (data.jobId: is missing)`);
    expect(seen).toHaveLength(1);
  });

  it.each([
    ['names a single field', 'jobId is missing', ['jobId'], 'jobId is missing (data.jobId: jobId is missing)'],
    ['names every field', 'Wrong.', ['a', 'b'], 'Wrong. (data.a: a is missing; data.b: b is missing)'],
    ['repeats nothing', 'data.jobId: jobId is missing', ['jobId'], 'data.jobId: jobId is missing'],
  ])('%s in the message of the error', async (_name, detail, names, message) => {
    const errors = names.map((name) => ({ field: `data.${name}`, code: 'required', message: `${name} is missing` }));
    script = [problem(400, { code: 'validation_failed', detail, errors })];
    const error = await refusalOf(webhookApplicationCreated({ ...application, agencyId: 'a-1' }));
    expect(error.message).toBe(message);
  });

  it('reports a refused connection', async () => {
    configureWebhooks({ url: 'http://127.0.0.1:1', token: 't', retries: 1 });
    const error = await refusalOf(webhookApplicationCreated({ ...application, agencyId: 'a-1' }));
    expect(error).toMatchObject({ code: 'network_error', tries: 2 });
    expect(error.message).toMatch(/(ECONNREFUSED|bad port).* \(tried 2 times in /);
  });

  it.each([
    ['a page that is not this API', 200, '<html>'],
    ['a redirect', 302, ''],
  ])('does not take %s for success', async (_name, status, body) => {
    script = [(_request, response) => void response.writeHead(status, { location: `${url}/x` }).end(body)];
    const error = await refusalOf(webhookApplicationCreated({ ...application, agencyId: 'a-1' }));
    expect(error).toMatchObject({ code: 'bad_answer', status });
    expect(seen).toHaveLength(1);
  });

  it('uses the configured fetch', async () => {
    const calls: unknown[] = [];
    const own: typeof fetch = async (input) => {
      calls.push(input);
      return new Response('{"id":"e-2","deliveries":0}', { status: 202 });
    };
    configureWebhooks({ url, token: 't', fetch: own });
    expect(await webhookApplicationCreated({ ...application, agencyId: 'a-1' })).toEqual({ id: 'e-2', deliveries: 0 });
    expect(calls).toEqual([`${url}/api/internal/events`]);
  });

  it('rejects at once a token that cannot be sent', async () => {
    configureWebhooks({ url, token: 'bpoc_svc_test\n' });
    const error = await refusalOf(webhookApplicationCreated({ ...application, agencyId: 'a-1' }));
    expect(error).toMatchObject({ code: 'not_configured', tries: 0 });
  });

  it('sends no request for an empty batch', async () => {
    expect(await publishEvents([])).toEqual([]);
    expect(seen).toEqual([]);
  });
});

describe('ensureWebhook', () => {
  it('repeats a request whose answer was lost with the same key, and returns the answer', async () => {
    script = [
      (_request, response) => void response.destroy(),
      (_request, response) => void response.writeHead(201).end('{"id":"w-1","secret":"whsec_x"}'),
    ];
    const ensured = await ensureWebhook({ key: 'payroll', url: 'https://a.example/', events: ['*'] }, { token: 'key' });
    expect(ensured).toMatchObject({ id: 'w-1', secret: 'whsec_x' });
    expect(seen).toHaveLength(2);
    expect(seen[0]).toMatchObject({ method: 'PUT', url: '/api/recruiter/webhooks/by-key/payroll' });
    expect(seen[0]).toMatchObject({ authorization: 'Bearer key', body: { url: 'https://a.example/', events: ['*'] } });
    expect(seen[0]!.idempotencyKey).toMatch(/^[0-9a-f-]{36}$/);
    expect(seen[1]!.idempotencyKey).toBe(seen[0]!.idempotencyKey);
  });

  it('names the missing setting', async () => {
    const error = await refusalOf(ensureWebhook({ key: 'payroll', url: 'https://a.example/', events: ['*'] }));
    expect([error.code, error.message.includes('BPOC_API_KEY')]).toEqual(['not_configured', true]);
  });
});
