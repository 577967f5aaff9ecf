import createClient from 'openapi-fetch';
import { syncServerTime } from '../lib/server-clock';
import { ApiProblem, ConnectionLost } from './problem';
import { setSessionEnded } from './session-end';
import type { paths } from './schema';
import type { ProblemBody } from './types';

/** Typed requests to our own server. The session is a cookie, so there is no token to keep or leak. */
export const api = createClient<paths>({
  baseUrl: '',
  credentials: 'same-origin',
  // Looked up at each call: tests and extensions replace the global after this module was loaded.
  fetch: (request) => globalThis.fetch(request),
});

/** Paths where a 401 is an ordinary answer (not signed in, wrong password) and not the end of a session. */
const AUTH_PATHS = /^\/api\/(me$|auth\/)/;

api.use({
  onResponse({ request, response }) {
    syncServerTime(response.headers.get('date'));
    if (response.status === 401 && !AUTH_PATHS.test(new URL(request.url).pathname)) setSessionEnded(true);
  },
});

interface Answer<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/** Awaits a request and returns its data. Throws `ApiProblem` for a refusal, `ConnectionLost` without an answer. */
export async function dataOf<T>(request: Promise<Answer<T>>): Promise<T> {
  return (await answerOf(request)).data;
}

/** Like `dataOf`, with the headers of the answer (the ETag of a webhook). */
export async function answerOf<T>(request: Promise<Answer<T>>): Promise<{ data: T; headers: Headers }> {
  const { data, error, response } = await request.catch((cause: unknown) => {
    if (cause instanceof DOMException && cause.name === 'AbortError') throw cause;
    throw new ConnectionLost(cause);
  });
  if (!response.ok) throw new ApiProblem(problemFrom(error, response));
  return { data: data as T, headers: response.headers };
}

/** An answer of a proxy may be HTML or empty: make it a problem that a screen can show. */
function problemFrom(error: unknown, response: Response): ProblemBody {
  if (typeof error === 'object' && error !== null && 'code' in error && 'status' in error) return error as ProblemBody;
  const requestId = response.headers.get('x-request-id');
  return {
    type: 'about:blank',
    title: response.statusText || 'No valid answer',
    status: response.status,
    code: 'internal',
    detail: 'The server gave no valid answer.',
    request_id: requestId ?? '',
  };
}
