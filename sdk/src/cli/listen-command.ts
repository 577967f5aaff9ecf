import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { Api, SERVER_HELP, SERVER_OPTIONS } from './api.js';
import { compactLine, jsonLine } from './listen-lines.js';
import { ListenScreen } from './listen-screen.js';
import { ListenSession, type Entry } from './listen-session.js';
import { localAddress } from './local-post.js';
import { plainLine, print, say } from './terminal.js';
import { UsageError } from './usage-error.js';

const HELP = `bpoc-webhooks listen <port/path> [options]

Receives webhooks on this machine: creates a temporary webhook and posts each message to the local address, whose answer
becomes the answer of the delivery. Deliveries after it is stopped are skipped, and can be resent for 24 hours.

  --events a,b             only these events, such as application.*,offer.sent
  --resume <id>            continues a listener that has ended, with the same secret
  --output compact|json    one line per request instead of the full screen; the default without a terminal
${SERVER_HELP}
  bpoc-webhooks listen 3000/webhooks/bpoc
  bpoc-webhooks listen https://localhost:8443/hooks --events 'offer.*' --output json
`;

const OPTIONS = {
  ...SERVER_OPTIONS,
  events: { type: 'string' },
  resume: { type: 'string' },
  output: { type: 'string' },
} as const;

interface Listener {
  id: string;
  secret?: string;
}

/** `listen`. Resolves when it is stopped; rejects if the server refuses or another `listen` takes over. */
export async function listenCommand(args: string[]): Promise<void> {
  const { values, positionals } = parseArgs({ args, options: OPTIONS, allowPositionals: true });
  if (values.help) return void process.stdout.write(HELP);
  const { output = values.json ? 'json' : undefined } = values;
  if (output !== undefined && output !== 'compact' && output !== 'json')
    throw new UsageError('--output must be compact or json');
  const [text, ...more] = positionals;
  const target = text === undefined || more.length > 0 ? null : localAddress(text);
  if (!target) throw new UsageError('listen needs one local address, such as 3000/webhooks/bpoc');
  const api = Api.of(values);
  const events = values.events?.split(',').map((event) => event.trim());
  const listener = values.resume
    ? await api.post<Listener>(`/api/recruiter/listeners/${encodeURIComponent(values.resume)}/resume`)
    : await api.post<Listener>('/api/recruiter/listeners', { url: target.href, ...(events && { events }) });
  // Printed before the full screen, which is cleared at the end.
  if (listener.secret) say(`Secret, shown only now: ${listener.secret}`);
  const isScreen = output === undefined && process.stdin.isTTY && process.stdout.isTTY;
  await (isScreen ? onScreen : inLines)(api, listener, target, output === 'json');
}

async function inLines(api: Api, { id }: Listener, target: URL, isJson: boolean): Promise<void> {
  say(`Listening for ${target.href}, listener ${id}. Ctrl-C ends it.`);
  let state: string | null | undefined;
  const session = new ListenSession(api, id, target, {
    onEntry: (entry) => {
      if (entry.result !== null) print(isJson ? jsonLine(entry) : compactLine(entry));
    },
    onState: (line) => {
      if (line !== state) say(plainLine(line ?? 'connected'));
      state = line;
    },
  });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => session.stop());
  await finish(session, id, target);
}

async function onScreen(api: Api, { id }: Listener, target: URL): Promise<void> {
  const screen: ListenScreen = new ListenScreen(`bpoc-webhooks  ${api.url}  →  ${target.href}`, {
    resend: (entry) => resend(api, entry),
    open: (entry) => openInBrowser(`${api.url}/recruiter/api/deliveries/${entry.request.delivery_id}`),
    quit: () => session.stop(),
  });
  const session = new ListenSession(api, id, target, {
    onEntry: (entry) => screen.show(entry),
    onState: (line) => screen.state(line === null ? null : plainLine(line)),
  });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => session.stop());
  screen.open();
  await finish(session, id, target, () => screen.close());
}

async function finish(session: ListenSession, id: string, target: URL, close = (): void => undefined): Promise<void> {
  let end: Awaited<ReturnType<ListenSession['run']>>;
  try {
    end = await session.run();
  } finally {
    close();
  }
  if (end === 'taken_over') throw new Error('another listen took over this listener');
  if (end === 'stopped')
    await session.end().catch((error: Error) => say(`the session ends in a minute: ${error.message}`));
  say(`Ended. To continue within 24 hours: bpoc-webhooks listen ${target.href} --resume ${id}`);
}

async function resend(api: Api, { request }: Entry): Promise<string> {
  return api.post(`/api/recruiter/deliveries/${request.delivery_id}/resend`).then(
    () => 'sent again',
    (error: Error) => plainLine(error.message),
  );
}

/** Returns a message for the user. */
function openInBrowser(url: string): string {
  const [command = '', ...args] =
    process.platform === 'darwin' ? ['open'] : process.platform === 'win32' ? ['explorer'] : ['xdg-open'];
  const child = spawn(command, [...args, url], { stdio: 'ignore', detached: true });
  // Without a browser, the address is still on the screen.
  void once(child, 'error').catch(() => undefined);
  child.on('error', () => undefined).unref();
  return url;
}
