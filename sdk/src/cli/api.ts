import { storedKey, storedUrl } from './stored-keys.js';
import { UsageError } from './usage-error.js';

/** The server refused a request. `status` 0: it could not be reached. */
export class ApiError extends Error {
  override readonly name = 'ApiError';

  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
  ) {
    super(message);
  }

  /** Whether the same request may succeed later. */
  get isTransient(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }
}

/** The options of every command that calls the server. */
export const SERVER_OPTIONS = {
  url: { type: 'string' },
  json: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;

/** Their part of the help text. */
export const SERVER_HELP = `  --url https://…  the server; default: BPOC_WEBHOOKS_URL, else that of the last login
  --json           prints one JSON line per result, for programs

  BPOC_API_KEY     an API key of the agency; without it, the key and server of bpoc-webhooks login are used
`;

const TIMEOUT_MS = 30_000;

interface Init {
  signal: AbortSignal;
  headers: Record<string, string>;
  body?: string | null;
}

type Query = Record<string, string | number | undefined>;

/** The HTTP API with an API key of an agency. Every call rejects with ApiError. */
export class Api {
  constructor(
    readonly url: string,
    private readonly key: string | null,
  ) {}

  /** From `--url`, the environment or the last login. Throws UsageError. */
  static of(given: { url?: string | undefined }): Api {
    const ofEnvironment = process.env['BPOC_API_KEY'];
    // Never sends a key from the environment to the server of the last login, which may be another one.
    const { url } = ofEnvironment ? Api.#at(given.url ?? addressOfEnvironment()) : Api.withoutKey(given);
    const key = ofEnvironment || storedKey(url);
    if (!key) {
      const how = 'run bpoc-webhooks login, or set BPOC_API_KEY to an API key of the agency';
      throw new UsageError(`${how} (in the app: Access, API keys)`);
    }
    // It would be an invalid header, and the error would show it.
    if (!/^[\x21-\x7e]+$/.test(key)) throw new UsageError('BPOC_API_KEY contains a space or another invalid character');
    return new Api(url, key);
  }

  /** For requests that need no key. Throws UsageError. */
  static withoutKey({ url = addressOfEnvironment() ?? storedUrl() }: { url?: string | undefined }): Api {
    return Api.#at(url);
  }

  static #at(url: string | undefined): Api {
    if (!url) throw new UsageError('name the server: --url https://… or BPOC_WEBHOOKS_URL');
    if (!/^https?:\/\/[^/]/.test(url))
      throw new UsageError('the address of the server must start with https:// or http://');
    return new Api(url.replace(/\/+$/, ''), null);
  }

  async get<T>(path: string, query: Query = {}): Promise<T> {
    const given = Object.entries(query).filter((entry): entry is [string, string | number] => entry[1] !== undefined);
    const search = new URLSearchParams(given.map(([name, value]) => [name, String(value)] as [string, string]));
    return this.#json<T>('GET', search.size > 0 ? `${path}?${search.toString()}` : path);
  }

  post<T>(path: string, body: unknown = {}): Promise<T> {
    return this.#json<T>('POST', path, body);
  }

  async delete(path: string): Promise<void> {
    await this.#json('DELETE', path);
  }

  /** An open stream of server-sent events, until `signal`. */
  async stream(path: string, signal: AbortSignal): Promise<ReadableStream<Uint8Array>> {
    const response = await this.#fetch('GET', path, { signal, headers: { accept: 'text/event-stream' } });
    if (!response.ok || !response.body) throw refusal(response.status, await response.text());
    if (!response.headers.get('content-type')?.startsWith('text/event-stream'))
      throw new ApiError(response.status, 'bad_answer', `${this.url} does not answer like the webhooks API`);
    return response.body;
  }

  async #json<T>(method: string, path: string, body?: unknown): Promise<T> {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const headers: Record<string, string> = body === undefined ? {} : { 'content-type': 'application/json' };
    const response = await this.#fetch(method, path, { signal, headers, body: JSON.stringify(body) ?? null });
    const text = await response.text();
    if (!response.ok) throw refusal(response.status, text);
    try {
      return (text === '' ? undefined : JSON.parse(text)) as T;
    } catch {
      throw new ApiError(response.status, 'bad_answer', `${this.url} does not answer like the webhooks API`);
    }
  }

  async #fetch(method: string, path: string, init: Init): Promise<Response> {
    try {
      const headers = { ...init.headers, ...(this.key !== null && { authorization: `Bearer ${this.key}` }) };
      // A redirect could send the key elsewhere.
      return await fetch(this.url + path, { ...init, method, headers, redirect: 'manual' });
    } catch (error) {
      const { cause = error } = error as { cause?: unknown };
      const why = (cause as { code?: string }).code ?? (cause as Error).message;
      throw new ApiError(0, 'network_error', `${this.url} cannot be reached: ${why}`);
    }
  }
}

const addressOfEnvironment = (): string | undefined => process.env['BPOC_WEBHOOKS_URL'] || undefined;

function refusal(status: number, text: string): ApiError {
  try {
    const {
      code,
      detail,
      errors = [],
    } = JSON.parse(text) as {
      code: string;
      detail?: string;
      errors?: { field: string; message: string }[];
    };
    const fields = errors.filter(({ message }) => !detail?.includes(message));
    const more = fields.map(({ field, message }) => `\n  ${field}: ${message}`).join('');
    return new ApiError(status, code, `${detail ?? `the server answered ${status}`}${more}`);
  } catch {
    return new ApiError(status, 'bad_answer', `the server answered ${status}, unlike the webhooks API`);
  }
}
