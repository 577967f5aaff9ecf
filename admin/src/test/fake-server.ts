import { READER } from '../api/reader';
import { content, pastPlan } from './samples';
import type { Me, ProblemBody } from '../api/types';

/** The requests to the fake server, in order. */
export interface Asked {
  method: string;
  path: string;
  search: URLSearchParams;
  headers: Headers;
  body: unknown;
}

type Answer = (asked: Asked) => Response | Promise<Response>;

/** Answers the app's requests by `METHOD /path`; any other request fails the test. */
export class FakeServer {
  readonly asked: Asked[] = [];
  readonly #answers = new Map<string, Answer>();

  constructor() {
    globalThis.fetch = async (input) => this.#answer(new Request(input));
    // Every screen of an admin looks for running bulk resends.
    this.on('GET /api/recruiter/recoveries', { data: [], next_cursor: null });
    // Every webhook that was just added: nothing happened before it.
    this.on('POST /api/recruiter/recoveries', pastPlan());
    // Every screen with a webhook that fails.
    this.on('GET /api/recruiter/problems', { data: [] });
    // Every search by name.
    this.on('GET /api/recruiter/records', { data: [] });
    this.on('GET /api/recruiter/deliveries/d1/content', content);
    // Every look at the settings of the samples' webhook.
    this.on('GET /api/recruiter/webhooks/w1/alerts', { emails: [], url: null });
    this.on('GET /api/recruiter/webhooks/w1/handover', { data: [] });
  }

  /** @param route such as `GET /api/me`. */
  on(route: string, answer: unknown, status = 200): this {
    this.#answers.set(route, typeof answer === 'function' ? (answer as Answer) : () => json(answer, status));
    return this;
  }

  /** Requests to one route so far. */
  to(route: string): Asked[] {
    return this.asked.filter((asked) => `${asked.method} ${asked.path}` === route);
  }

  async #answer(request: Request): Promise<Response> {
    const url = new URL(request.url);
    const text = await request.text();
    const body: unknown = text === '' ? undefined : JSON.parse(text);
    const asked = {
      method: request.method,
      path: url.pathname,
      search: url.searchParams,
      headers: request.headers,
      body,
    };
    this.asked.push(asked);
    const answer = this.#answers.get(`${request.method} ${url.pathname}`);
    if (answer) return answer(asked);
    // Fails the test when it ends; thrown here it would look like a lost connection.
    console.error(`the fake server has no answer to ${request.method} ${url.pathname}`);
    return json({}, 500);
  }
}

export function json(body: unknown, status = 200, headers: Record<string, string> = {}): Response {
  const type = status >= 400 ? 'application/problem+json' : 'application/json';
  const text = status === 204 ? null : JSON.stringify(body);
  return new Response(text, { status, headers: { 'content-type': type, ...headers } });
}

export function problem(status: number, code: ProblemBody['code'], more: Partial<ProblemBody> = {}): Response {
  return json({ type: 'about:blank', title: 'No', status, code, detail: 'No.', request_id: 'req-7', ...more }, status);
}

export function connectionLost(): Promise<Response> {
  return Promise.reject(new TypeError('fetch failed'));
}

const OWNER_RIGHTS = [
  'webhooks.read',
  'deliveries.read',
  'content.read',
  'exports.read',
  'webhooks.test',
  'deliveries.resend',
  'problems.write',
  'webhooks.write',
  'secrets.write',
  'keys.write',
  'recoveries.run',
  'audit.read',
  'members.write',
];

export function owner(more: Partial<Me> = {}): Me {
  return {
    ...READER,
    id: 'u1',
    name: 'Otto Owner',
    email: 'otto@agency.example',
    role: 'owner',
    agency: { id: 'a1', name: 'Demo agency' },
    rights: OWNER_RIGHTS,
    digest: 'weekly',
    admins: ['Otto Owner'],
    ...more,
  };
}

export function viewer(): Me {
  return owner({ name: 'Vera Viewer', role: 'viewer', rights: ['webhooks.read', 'deliveries.read'] });
}
