import { Agent, request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SchedulerRegistry } from '@nestjs/schedule';
import * as fc from 'fast-check';
import { apiPerFile } from '../../test/api-app.js';
import { ERROR_CODES, faultOfAnswer, type Operation, OPERATIONS } from '../../test/fuzz/api-document.js';
import { type FuzzRequest, requestsOf } from '../../test/fuzz/requests.js';
import { keepStored, storedChecksums } from '../../test/fuzz/stored.js';
import { fillIn, makeWorld, type World, WORLD_SETTINGS } from '../../test/fuzz/world.js';
import { BlockedTime } from '../../test/blocked-time.js';
import { LONG } from '../../test/long.js';
import { receiverPerFile } from '../../test/receiver.js';

/*
 * Valid and invalid requests generated from the API description, by every kind of caller. OPENAPI_FUZZ_RUNS requests
 * per route (default 4, in the long form 60) from OPENAPI_FUZZ_SEED; the same seed generates the same requests.
 */

const RUNS = Number(process.env['OPENAPI_FUZZ_RUNS'] ?? (LONG ? 60 : 4));
const SEED = Number(process.env['OPENAPI_FUZZ_SEED'] ?? 20_261_123);

/** Each checks a password. */
const SLOW = /^\/api\/auth\/(login|password|invite|reset-password)/;

/** Error codes possible on every route; documented once, in the description of the API. */
const ANYWHERE = [
  'bad_request',
  'invalid_json',
  'validation_failed',
  'unsupported_media_type',
  'body_too_large',
  'too_many_requests',
];
/** Routes whose success depends on state, not on the request: here they only fail. */
const ONLY_REFUSED = [
  'POST /api/auth/invite',
  'POST /api/auth/reset-password',
  'POST /api/shared/open',
  'POST /api/shared/secret',
  'POST /api/shared/test',
  'POST /api/recruiter/sign-in-codes/find',
  'POST /api/recruiter/sign-in-codes/answer',
  'GET /api/internal/support/agencies/{id}',
  'GET /api/recruiter/listeners/{id}/stream',
  'POST /api/recruiter/listeners/{id}/answers',
];

/** Additional requests until one succeeds. */
const MAX_MORE = 200;

const MAX_PROBLEM_BYTES = 64 * 1024;
/** A generous limit: on a quiet machine no request blocks the event loop for a tenth of it. */
const MAX_BLOCKED_MS = 1000;

// No deliveries and no loops, so only requests change the database.
const api = apiPerFile({ ROLE: 'api', ...WORLD_SETTINGS });
let port: string;
const receiver = receiverPerFile();
let world: World;
let restore: () => Promise<void>;
/** A route may have changed the world. */
let isChanged = false;
let checksums: () => Promise<Record<string, string>>;
const blocked = new BlockedTime();
const agent = new Agent({ keepAlive: true, maxSockets: 1 });

beforeAll(async () => {
  const scheduled = api.app.get(SchedulerRegistry);
  for (const name of scheduled.getIntervals()) scheduled.deleteInterval(name);
  port = new URL(await api.app.getUrl()).port;
  checksums = await storedChecksums(api.sql);
  world = await makeWorld(api, receiver.url);
  restore = await keepStored(api.sql);
  process.stdout.write(`  ${RUNS} requests of each of ${OPERATIONS.length} routes, OPENAPI_FUZZ_SEED=${SEED}\n`);
});
afterAll(async () => {
  agent.destroy();
});

describe('every route', () => {
  it.each(OPERATIONS.map((operation) => [operation.name, operation] as const))(
    '%s answers as described, never 5xx, and a refusal changes nothing',
    async (name, operation) => {
      if (isChanged) await restore();
      isChanged = operation.method !== 'GET';
      let done = 0;
      let stored = await checksums();
      const judge = async (asked: FuzzRequest) => {
        const answer = await blocked.during(() => send(operation, asked, world));
        if (answer.status < 300) done++;
        expect([...faultsOf(operation, asked, answer), ...leaksOf(asked, answer, world)]).toEqual([]);
        const before = stored;
        stored = await checksums();
        if (answer.status >= 400) expect(stored).toEqual(before);
      };
      const numRuns = SLOW.test(operation.path) ? Math.ceil(RUNS / 4) : RUNS;
      await fc.assert(fc.asyncProperty(requestsOf(operation), judge), { seed: SEED, numRuns });
      // Few requests with a large body are valid: more, until one succeeds.
      for (const asked of fc.sample(requestsOf(operation), { seed: SEED + 1, numRuns: MAX_MORE })) {
        if (done > 0 || ONLY_REFUSED.includes(name)) break;
        await judge(asked);
      }
      expect(done > 0 || ONLY_REFUSED.includes(name)).toBe(true);
    },
  );
});

describe('all requests', () => {
  it('do not block the event loop', () => {
    process.stdout.write(`  one request kept others waiting for ${Math.round(blocked.longestMs)} ms at most\n`);
    expect(blocked.longestMs).toBeLessThan(MAX_BLOCKED_MS);
  });
});

interface Answer {
  status: number;
  type: string;
  requestId: string | undefined;
  text: string;
}

function send(operation: Operation, asked: FuzzRequest, world: World): Promise<Answer> {
  const path = operation.path.replaceAll(/\{(\w+)\}/g, (_whole, name: string) => fillIn(asked.path[name]!, world));
  const query = asked.query.map(([name, value]) => `${encoded(name)}=${encoded(fillIn(value, world))}`).join('&');
  const headers: Record<string, string> = { ...asked.headers, ...world.callers[asked.caller] };
  const body = asked.body && Buffer.from(fillIn(asked.body.text, world), asked.body.bytes);
  if (asked.body?.type) headers['content-type'] = asked.body.type;
  if (asked.body?.encoding) headers['content-encoding'] = asked.body.encoding;
  if (body !== null) headers['content-length'] = String(body.length);
  return new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port, agent, method: operation.method, headers };
    const sent = request({ ...options, path: query === '' ? path : `${path}?${query}` }, (response) => {
      const of = (name: string) => response.headers[name] as string | undefined;
      const head = { status: response.statusCode!, type: of('content-type') ?? '', requestId: of('x-request-id') };
      // Server-sent events have no end: only the head is checked.
      if (head.type.startsWith('text/event-stream')) {
        response.destroy();
        resolve({ ...head, text: '' });
        return;
      }
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => resolve({ ...head, text: Buffer.concat(chunks).toString() }));
      response.on('error', reject);
    });
    sent.on('error', reject);
    sent.end(body ?? undefined);
  });
}

/** Replaces lone surrogates, on which encodeURIComponent throws. */
const encoded = (text: string) => encodeURIComponent(Buffer.from(text).toString());

/** Ids that an owner of another agency must never be shown. */
const PRIVATE = [
  'agency',
  'webhooks',
  'deliveries',
  'pending',
  'events',
  'recoveries',
  'api-keys',
  'members',
  'inboxes',
  'token',
];

function leaksOf(asked: FuzzRequest, answer: Answer, { known }: World): string[] {
  // With the right password any caller is signed in as the owner.
  const signsIn = asked.body?.text.includes('@password') === true;
  if (!asked.caller.startsWith('foreign') || answer.status >= 300 || signsIn) return [];
  const shown = PRIVATE.filter((name) => answer.text.includes(known[name]!));
  const opened = Object.values(asked.path).filter((value) => PRIVATE.includes(value.slice(1)) && value !== '@token');
  return [...shown, ...opened].map(
    (name) => `discloses ${name} to an owner of another agency: ${answer.text.slice(0, 500)}`,
  );
}

function faultsOf(operation: Operation, asked: FuzzRequest, answer: Answer): string[] {
  if (answer.status >= 500) return [`answers ${answer.status}: ${answer.text}`];
  if (answer.status < 300) {
    const fault = faultOfAnswer(operation, answer.status, answer.type, answer.text);
    return fault === null ? [] : [`${answer.status} ${fault}: ${answer.text.slice(0, 500)}`];
  }
  return faultsOfRefusal(operation, asked, answer);
}

interface Problem {
  status: number;
  code: string;
  request_id: string;
  detail: string;
  errors?: { field: string; code: string; message: string }[];
}

function faultsOfRefusal(operation: Operation, asked: FuzzRequest, answer: Answer): string[] {
  if (!answer.type.startsWith('application/problem+json')) return [`refuses as "${answer.type}": ${answer.text}`];
  const problem = JSON.parse(answer.text) as Problem;
  const { code, errors = [] } = problem;
  const documented = operation.responses[answer.status]?.description.includes(`\`${code}\``) ?? false;
  const malformedPath = Object.values(asked.path).some((value) => /%zz|.{2048}/.test(value));
  const isField = ({ field, message }: { field: unknown; message: unknown }) =>
    typeof field === 'string' && typeof message === 'string' && message !== '';
  const rules: [boolean, string][] = [
    [ERROR_CODES.includes(code), `the code ${code} is not in the description`],
    [documented || ANYWHERE.includes(code) || malformedPath, `the route does not document ${answer.status} ${code}`],
    [problem.status === answer.status, `says status ${problem.status}`],
    [problem.request_id !== '' && problem.request_id === answer.requestId, 'has no request_id'],
    [problem.detail !== '', 'has no detail'],
    [code !== 'validation_failed' || errors.length > 0, 'names no field'],
    [errors.every(isField), 'has an error without field or message'],
    [Buffer.byteLength(answer.text) <= MAX_PROBLEM_BYTES, `is ${answer.text.length} characters long`],
    [!/\bat .*\.(ts|js):\d|select |insert into|node_modules/i.test(problem.detail), 'discloses internals'],
  ];
  return rules.flatMap(([right, fault]) => (right ? [] : [`${fault}: ${answer.text.slice(0, 500)}`]));
}
