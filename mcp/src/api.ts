/** The server refused a request; the message is for the assistant. `status` 0: it could not be reached. */
export class Refused extends Error {
  override readonly name = 'Refused';

  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

const TIMEOUT_MS = 30_000;

type Query = Record<string, string | number | readonly string[] | undefined>;

/** The HTTP API with an API key, whose rights all tools have. Every call rejects with Refused. */
export class Api {
  readonly #url: string;

  constructor(
    url: string,
    private readonly key: string,
  ) {
    this.#url = url.replace(/\/+$/, '');
  }

  async get<T>(path: string, query: Query = {}): Promise<T> {
    const search = new URLSearchParams();
    for (const [name, value] of Object.entries(query))
      if (value !== undefined && value.toString() !== '') search.set(name, value.toString());
    return JSON.parse(await this.#text('GET', search.size > 0 ? `${path}?${search.toString()}` : path)) as T;
  }

  async post<T>(path: string, body: unknown): Promise<T> {
    return JSON.parse(await this.#text('POST', path, JSON.stringify(body))) as T;
  }

  /** A page of the Guide, as Markdown. */
  guide(page: string): Promise<string> {
    return this.#text('GET', `/recruiter/api/guide/${page}.md`);
  }

  async #text(method: string, path: string, body?: string): Promise<string> {
    const answer = await this.#fetch(method, path, body);
    const text = await answer.text();
    if (answer.ok) return text;
    throw new Refused(answer.status, refusal(answer.status, text));
  }

  async #fetch(method: string, path: string, body: string | undefined): Promise<Response> {
    try {
      return await fetch(this.#url + path, {
        method,
        headers: {
          authorization: `Bearer ${this.key}`,
          ...(body !== undefined && { 'content-type': 'application/json' }),
        },
        body: body ?? null,
        signal: AbortSignal.timeout(TIMEOUT_MS),
        // A redirect could send the key elsewhere.
        redirect: 'manual',
      });
    } catch (error) {
      const { cause = error } = error as { cause?: unknown };
      const why = (cause as { code?: string }).code ?? (cause as Error).message;
      throw new Refused(0, `${this.#url} cannot be reached: ${why}`);
    }
  }
}

interface Problem {
  code: string;
  detail?: string;
  errors?: { field: string; message: string }[];
}

function refusal(status: number, text: string): string {
  try {
    const { code, detail = '', errors = [] } = JSON.parse(text) as Problem;
    return [`${status} ${code}: ${detail}`, ...errors.map(({ field, message }) => `${field}: ${message}`)].join('\n');
  } catch {
    return `The server answered ${status}, unlike the webhooks API.`;
  }
}
