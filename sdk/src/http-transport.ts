import type { Settings } from './configuration.js';
import { PublishError, type FieldError } from './publish-error.js';

/*
 * One call of the server: several tries within one total time. Only what can pass by itself is tried again (no answer, 429, 503);
 * it is safe because every event carries an id, so a try that was stored although its answer got lost is not stored twice.
 */

const FIRST_PAUSE_MS = 200;
const MAX_PAUSE_MS = 5_000;

interface Failure {
  error: PublishError;
  retryable: boolean;
  /** What the server asked for; undefined when it did not. */
  retryAfterMs?: number | undefined;
}

type TryResult = { ok: true; answer: unknown } | ({ ok: false } & Failure);

/** POSTs `body` (JSON text) and gives the parsed answer. Rejects with PublishError. */
export async function post(body: string, settings: Settings): Promise<unknown> {
  const deadline = performance.now() + settings.timeoutMs;
  for (let tries = 1; ; tries += 1) {
    const last = tries > settings.retries;
    const left = deadline - performance.now();
    // A try that hangs may use half of the time, so that another one fits.
    const result = await tryOnce(body, settings, {
      tries,
      timeoutMs: last ? left : Math.min(left, settings.timeoutMs / 2),
    });
    if (result.ok) return result.answer;
    const pause = result.retryAfterMs ?? pauseMs(tries);
    if (last || !result.retryable || performance.now() + pause >= deadline) throw result.error;
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}

/** 200 ms, doubling, half of it at random so that many callers do not come back together. */
function pauseMs(tries: number): number {
  const full = Math.min(FIRST_PAUSE_MS * 2 ** (tries - 1), MAX_PAUSE_MS);
  return full / 2 + (Math.random() * full) / 2;
}

async function tryOnce(
  body: string,
  settings: Settings,
  limits: { tries: number; timeoutMs: number },
): Promise<TryResult> {
  const { tries } = limits;
  const signal = AbortSignal.timeout(Math.max(1, Math.ceil(limits.timeoutMs)));
  try {
    const response = await settings.fetch(settings.address, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${settings.token}` },
      body,
      signal,
      // A followed redirect would turn the POST into a GET, or carry the token elsewhere.
      redirect: 'manual',
    });
    return read(response.status, response.headers, await response.text(), tries);
  } catch (cause) {
    const error = signal.aborted
      ? new PublishError('the server did not answer in time', { code: 'timeout', tries, cause })
      : new PublishError(`the server cannot be reached: ${reasonOf(cause)}`, { code: 'network_error', tries, cause });
    return { ok: false, error, retryable: true };
  }
}

/** fetch says "fetch failed" and hides the reason (ECONNREFUSED …) in its cause. */
function reasonOf(error: unknown): string {
  const inner = isObject(error) && isObject(error['cause']) ? error['cause'] : error;
  if (!isObject(inner)) return String(inner);
  const words = [inner['message'], inner['code']].find((text) => typeof text === 'string' && text !== '');
  return typeof words === 'string' ? words : 'no reason given';
}

function read(status: number, headers: Headers, text: string, tries: number): TryResult {
  const answer = parse(text);
  if (status === 202 && answer !== undefined) return { ok: true, answer };
  return {
    ok: false,
    error: refusal(status, answer, tries),
    retryable: status === 429 || status === 503,
    retryAfterMs: retryAfterMs(headers.get('retry-after')),
  };
}

function refusal(status: number, answer: unknown, tries: number): PublishError {
  const problem = isObject(answer) ? answer : {};
  if (typeof problem['code'] !== 'string') {
    const what = status >= 300 && status < 400 ? 'redirects to another address' : `answered ${status}`;
    return new PublishError(`the server ${what}, not as the webhooks API does: check the address`, {
      code: 'bad_answer',
      status,
      tries,
    });
  }
  const errors = Array.isArray(problem['errors']) ? (problem['errors'] as FieldError[]) : [];
  const fields = errors.map((error) => `${error.field}: ${error.message}`).join('; ');
  const detail = typeof problem['detail'] === 'string' ? problem['detail'] : `the server answered ${status}`;
  return new PublishError(fields === '' || errors.length === 1 ? detail : `${detail} (${fields})`, {
    code: problem['code'],
    status,
    errors,
    requestId: typeof problem['request_id'] === 'string' ? problem['request_id'] : undefined,
    tries,
  });
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
