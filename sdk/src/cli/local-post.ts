import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';

export interface LocalRequest {
  headers: Record<string, string>;
  body: string;
}

export interface LocalAnswer {
  status: number;
  headers: Record<string, string>;
  /** The first 16 KiB. */
  body: string;
  truncated: boolean;
}

export type LocalFailure = 'refused' | 'reset' | 'timeout' | 'unreachable' | 'bad_answer';

export type LocalResult = LocalAnswer | { failure: LocalFailure };

const MAX_BYTES = 16 * 1024;

/** `3000/hooks` is http://localhost:3000/hooks. null: not an address. */
export function localAddress(text: string): URL | null {
  const [, port, path = '/'] = /^:?(\d{1,5})(\/.*)?$/.exec(text) ?? [];
  try {
    const url = new URL(port ? `http://localhost:${port}${path}` : text);
    return ['http:', 'https:'].includes(url.protocol) && url.username === '' ? url : null;
  } catch {
    return null;
  }
}

/** Posts the message unchanged, usually to a server on this machine. Never rejects. */
export function postLocally(url: URL, { headers, body }: LocalRequest, timeoutMs: number): Promise<LocalResult> {
  return new Promise((resolve) => {
    const request = (url.protocol === 'https:' ? requestHttps : requestHttp)(url, {
      method: 'POST',
      headers: { ...headers, 'content-length': Buffer.byteLength(body) },
      signal: AbortSignal.timeout(timeoutMs),
      agent: false,
      // Certificates for local development are self-signed.
      rejectUnauthorized: !/^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(url.hostname),
    });
    request.on('error', (error) => resolve({ failure: failureOf(error) }));
    request.on('response', (response) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      const end = (): void => {
        const whole = Buffer.concat(chunks);
        resolve({
          status: response.statusCode!,
          headers: plain(response.headers),
          body: whole.subarray(0, MAX_BYTES).toString().replaceAll('\0', ''),
          truncated: whole.length > MAX_BYTES || !response.complete,
        });
        request.destroy();
      };
      response.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        if ((bytes += chunk.length) > MAX_BYTES) end();
      });
      // The status line decides; a failure after it only shortens the body.
      response.on('end', end).on('error', end);
    });
    request.end(body);
  });
}

function plain(headers: NodeJS.Dict<string | string[]>): Record<string, string> {
  const entries = Object.entries(headers).map(([name, value = '']) => [name, [value].flat().join(', ')] as const);
  let characters = 0;
  return Object.fromEntries(entries.filter(([name, value]) => (characters += name.length + value.length) <= MAX_BYTES));
}

function failureOf(error: Error & { code?: string }): LocalFailure {
  const { name, code = '' } = error;
  if (name === 'TimeoutError' || name === 'AbortError' || code === 'ABORT_ERR' || code === 'ETIMEDOUT')
    return 'timeout';
  if (code === 'ECONNREFUSED') return 'refused';
  if (code === 'ECONNRESET' || code === 'EPIPE') return 'reset';
  return code.startsWith('HPE_') ? 'bad_answer' : 'unreachable';
}
