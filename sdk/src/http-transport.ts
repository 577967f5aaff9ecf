import type { Settings } from './configuration.js';
import { PublishError, type FieldError, type PublishErrorDetails } from './publish-error.js';

/*
 * One call to the server, with as many attempts as fit into its time limit. Only transient failures are retried (no
 * answer, 408, 429, 5xx). That is safe because every event has an id, and every other request a key: an attempt whose
 * answer was lost takes effect only once.
 */

const FIRST_PAUSE_MS = 200;
const MAX_PAUSE_MS = 5_000;

/** Why an attempt failed; `tries` and `elapsedMs` are known when the call gives up. */
interface Failure extends Omit<PublishErrorDetails, 'tries' | 'elapsedMs'> {
  message: string;
  retryable: boolean;
  /** The server's Retry-After; undefined without one. */
  retryAfterMs?: number | undefined;
}

type TryResult = { ok: true; answer: unknown } | ({ ok: false } & Failure);

/** A request that may be repeated. */
export interface ApiRequest {
  method: 'POST' | 'PUT';
  /** JSON text. */
  body: string;
  headers?: Record<string, string>;
  /** Statuses that mean success. */
  done: readonly number[];
}

/** Publishes `body` (JSON text) and returns the parsed answer. Rejects with PublishError. */
export const post = (body: string, settings: Settings): Promise<unknown> =>
  send({ method: 'POST', body, done: [202] }, settings);

/** Sends the request and returns the parsed answer. Rejects with PublishError. */
export async function send(request: ApiRequest, settings: Settings): Promise<unknown> {
  const { timeoutMs, retries } = settings;
  const from = performance.now();
  for (let tries = 1; ; tries += 1) {
    const last = tries > retries;
    const left = timeoutMs - (performance.now() - from);
    // A hanging attempt may use a third of the time, so that others fit.
    const result = await tryOnce(request, settings, last ? left : Math.min(left, timeoutMs / 3));
    if (result.ok) return result.answer;
    // Never sooner than the backoff: "Retry-After: 0" must not make a client flood the server.
    const pause = Math.max(pauseMs(tries), result.retryAfterMs ?? 0);
    const elapsedMs = performance.now() - from;
    if (last || !result.retryable || elapsedMs + pause >= timeoutMs) throw givenUp(result, tries, elapsedMs);
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}

/** 200 ms, doubling, half of it random so that many callers do not return at the same time. */
function pauseMs(tries: number): number {
  const full = Math.min(FIRST_PAUSE_MS * 2 ** (tries - 1), MAX_PAUSE_MS);
  return full / 2 + (Math.random() * full) / 2;
}

function givenUp({ message, retryable, ...details }: Failure, tries: number, elapsedMs: number) {
  const seconds = (ms: number) => `${Number((ms / 1000).toFixed(1))} s`;
  const { retryAfterMs: asks } = details;
  const asked = asks === undefined ? '' : `; it asks to wait ${seconds(asks)}`;
  const answer = details.status === undefined ? '' : `answer ${details.status}, `;
  const effort = `${answer}tried ${tries === 1 ? 'once' : `${tries} times`} in ${seconds(elapsedMs)}${asked}`;
  return new PublishError(retryable ? `${message} (${effort})` : message, { ...details, tries, elapsedMs });
}

async function tryOnce(request: ApiRequest, settings: Settings, limitMs: number): Promise<TryResult> {
  const signal = AbortSignal.timeout(Math.max(1, Math.ceil(limitMs)));
  try {
    const response = await settings.fetch(settings.address, {
      method: request.method,
      headers: {
        ...request.headers,
        'content-type': 'application/json',
        authorization: `Bearer ${settings.token}`,
      },
      body: request.body,
      signal,
      // Following a redirect would turn the POST into a GET, or send the token elsewhere.
      redirect: 'manual',
    });
    return read(response, await response.text(), request.done);
  } catch (cause) {
    const why = signal.aborted
      ? ({ code: 'timeout', message: 'the server did not answer in time' } as const)
      : ({ code: 'network_error', message: `the server cannot be reached: ${reasonOf(cause)}` } as const);
    return { ok: false, ...why, cause, retryable: true };
  }
}

/** fetch only says "fetch failed"; the reason (ECONNREFUSED …) is in its cause. */
function reasonOf(error: unknown): string {
  const inner = isObject(error) && isObject(error['cause']) ? error['cause'] : error;
  if (!isObject(inner)) return String(inner);
  const words = [inner['message'], inner['code']].find((text) => typeof text === 'string' && text !== '');
  return typeof words === 'string' ? words : 'no reason given';
}

function read({ status, headers }: Response, text: string, done: readonly number[]): TryResult {
  const answer = parse(text);
  if (done.includes(status) && answer !== undefined) return { ok: true, answer };
  return {
    ok: false,
    status,
    ...refusal(status, answer),
    retryable: status === 408 || status === 429 || status >= 500,
    retryAfterMs: retryAfterMs(headers.get('retry-after')),
  };
}

function refusal(status: number, answer: unknown): Pick<Failure, 'message' | 'code' | 'errors' | 'requestId'> {
  const problem = isObject(answer) ? answer : {};
  const { code, detail, request_id: requestId } = problem;
  if (typeof code !== 'string') {
    const what = status >= 300 && status < 400 ? 'redirects to another address' : `answered ${status}`;
    const message = `the server ${what}, not as the webhooks API does: check the address and any proxy before it`;
    return { message, code: 'bad_answer' };
  }
  const errors = Array.isArray(problem['errors']) ? (problem['errors'] as FieldError[]) : [];
  return {
    message: withFields(typeof detail === 'string' ? detail : `the server answered ${status}`, errors),
    code,
    errors,
    requestId: typeof requestId === 'string' ? requestId : undefined,
  };
}

/** The detail, followed by the error of each field that it does not mention. */
function withFields(detail: string, errors: FieldError[]): string {
  const unsaid = errors.filter(({ field, message }) => !(detail.includes(field) && detail.includes(message)));
  if (unsaid.length === 0) return detail;
  return `${detail} (${unsaid.map(({ field, message }) => `${field}: ${message}`).join('; ')})`;
}

/** Seconds or an HTTP date, as milliseconds from now. */
function retryAfterMs(header: string | null): number | undefined {
  if (header === null) return undefined;
  const ms = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - Date.now();
  return Number.isNaN(ms) ? undefined : Math.max(0, ms);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
