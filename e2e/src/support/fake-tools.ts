import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';

/*
 * Slack, Microsoft Teams, Google Chat, Apps Script and a mail server on loopback. They refuse what the real ones
 * refuse, and answer as documented.
 */

export type PostedTool = 'slack' | 'teams' | 'google_chat' | 'google_sheets';

interface ToolAnswer {
  status: number;
  headers?: Record<string, string>;
  body?: string;
}

interface Tool {
  path: string;
  /** Limit of a message in bytes; a larger one is answered with 413. */
  limit: number;
  /** Its answer to a message; throws if the message is not valid. */
  take: (message: never, key: string | null) => Said;
}

interface Said extends ToolAnswer {
  /** Served at another address, to which the answer redirects. */
  elsewhere?: true;
  /** The tool did not accept the message. */
  refused?: true;
}

const JSON_TYPE = { 'content-type': 'application/json' };

const TOOLS: Record<PostedTool, Tool> = {
  // https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks
  slack: {
    path: '/services/T0001/B0001/secret',
    limit: 100_000,
    take: ({ text, blocks }: { text?: string; blocks?: object[] }) => {
      if (!text && !blocks) return { status: 400, body: 'no_text' };
      if ((blocks?.length ?? 0) > 50) return { status: 400, body: 'invalid_blocks' };
      return { status: 200, headers: { 'content-type': 'text/html' }, body: 'ok' };
    },
  },
  // https://support.microsoft.com/office/create-incoming-webhooks-with-workflows-for-microsoft-teams
  teams: {
    path: '/workflows/1/triggers/manual/paths/invoke?api-version=2016-06-01&sig=secret',
    limit: 28 * 1024,
    take: ({ type, attachments }: { type: string; attachments: { contentType: string; contentUrl?: unknown }[] }) => {
      const fits = ({ contentType, contentUrl }: (typeof attachments)[number]) =>
        contentType === 'application/vnd.microsoft.card.adaptive' && contentUrl === null;
      return { status: type === 'message' && attachments.every(fits) ? 202 : 400 };
    },
  },
  // https://developers.google.com/workspace/chat/quickstart/webhooks
  google_chat: {
    path: '/v1/spaces/AAAA/messages?key=k&token=secret',
    limit: 32_000,
    take: (message: object) => {
      const known = new Set(['text', 'cardsV2', 'thread', 'fallbackText', 'accessoryWidgets']);
      const unknown = Object.keys(message).find((name) => !known.has(name));
      const error = { code: 400, message: `Unknown name "${unknown}"`, status: 'INVALID_ARGUMENT' };
      if (unknown) return { status: 400, headers: JSON_TYPE, body: JSON.stringify({ error }) };
      return { status: 200, headers: JSON_TYPE, body: JSON.stringify({ name: 'spaces/AAAA/messages/1' }) };
    },
  },
  // https://developers.google.com/apps-script/guides/content#redirects: what a script returns is at another host, and
  // an exception is a page with status 200. The script is the one that the app offers.
  google_sheets: {
    path: '/macros/s/AKfycb/exec?key=secret',
    limit: 50_000_000,
    take: (sent: { rows?: object[] }, key: string | null) => {
      const says = (output: object) =>
        ({ status: 200, headers: JSON_TYPE, body: JSON.stringify(output), elsewhere: true }) as const;
      if (key !== 'secret') return { ...says({ ok: false, error: 'wrong_key' }), refused: true };
      const rows = sent.rows ?? [sent];
      const flat = rows.flatMap((row): unknown[] => Object.values(row)).every((value) => typeof value !== 'object');
      if (flat) return says({ ok: true });
      const page = '<!DOCTYPE html><html><head><title>Error</title></head><body>Exception: setValues</body></html>';
      return { status: 200, headers: { 'content-type': 'text/html; charset=utf-8' }, body: page, refused: true };
    },
  },
};

export class FakeTools {
  readonly #server: Server;
  readonly #messages = new Map<PostedTool, unknown[]>();
  readonly #instead = new Map<PostedTool, ToolAnswer>();
  /** Answers at the other address, by path. */
  readonly #outputs = new Map<string, ToolAnswer>();

  constructor() {
    this.#server = createServer((request, response) => void this.#receive(request, response));
  }

  async listen(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return this;
  }

  get #host(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** The setting DESTINATION_HOSTS. */
  get hosts(): string {
    return (Object.keys(TOOLS) as PostedTool[]).map((tool) => `${tool}=${this.#host}`).join(',');
  }

  /** The address that the tool issues. */
  address(tool: PostedTool): string {
    return `http://${this.#host}${TOOLS[tool].path}`;
  }

  /** The accepted messages, oldest first. */
  messages(tool: PostedTool): unknown[] {
    return this.#messages.get(tool) ?? [];
  }

  /** Its answer from now on; null for the documented one. */
  answer(tool: PostedTool, answer: ToolAnswer | null): void {
    if (answer) this.#instead.set(tool, answer);
    else this.#instead.delete(tool);
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { status, headers, body } = this.#answerTo(request, Buffer.concat(chunks));
    response.writeHead(status, headers).end(body);
  }

  #answerTo({ url, method, headers }: IncomingMessage, body: Buffer): ToolAnswer {
    const output = this.#outputs.get(url!);
    if (output) return method === 'GET' && !headers['content-type'] ? output : { status: 405 };
    const key = new URL(url!, 'http://tool').searchParams.get('key');
    const asIfRight = url!.replace(`/exec?key=${key}`, '/exec?key=secret');
    const [kind, tool] = Object.entries(TOOLS).find(([, { path }]) => path === asIfRight) ?? [];
    if (!tool || method !== 'POST') return { status: 404 };
    if (!headers['content-type']?.startsWith('application/json')) return { status: 400, body: 'invalid_payload' };
    const instead = this.#instead.get(kind as PostedTool);
    if (instead) return instead;
    if (body.length > tool.limit) return { status: 413 };
    const message = JSON.parse(body.toString()) as never;
    const { elsewhere, refused, ...answer } = tool.take(message, key);
    if (answer.status < 400 && !refused)
      this.#messages.set(kind as PostedTool, [...this.messages(kind as PostedTool), message]);
    return elsewhere ? this.#redirectTo(answer) : answer;
  }

  #redirectTo(output: ToolAnswer): ToolAnswer {
    const path = `/macros/echo?user_content_key=${this.#outputs.size}`;
    this.#outputs.set(path, output);
    return { status: 302, headers: { location: `http://${this.#host}${path}` } };
  }
}

export const startTools = (): Promise<FakeTools> => new FakeTools().listen();

export interface FakeMail {
  url: string;
  /** As received, with their headers. */
  mails: string[];
  stop: () => Promise<void>;
}

/** A mail server. `answer`: its reply for a recipient, such as `550 5.1.1 no such user`; null to accept. */
export async function startMail(answer: (to: string) => string | null = () => null): Promise<FakeMail> {
  const mails: string[] = [];
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    logger: false,
    onRcptTo({ address }, _session, done) {
      const [code, ...words] = answer(address)?.split(' ') ?? [];
      done(code === undefined ? null : Object.assign(new Error(words.join(' ')), { responseCode: Number(code) }));
    },
    onData(stream, _session, done) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        // Without the soft line breaks of quoted-printable.
        mails.push(Buffer.concat(chunks).toString().replaceAll('=\r\n', ''));
        done();
      });
    },
  });
  server.on('error', () => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  return {
    url: `smtp://127.0.0.1:${(server.server.address() as AddressInfo).port}`,
    mails,
    stop: () => new Promise<void>((resolve) => server.close(() => resolve())),
  };
}
