import { parseArgs } from 'node:util';
import { Api, ApiError, SERVER_HELP, SERVER_OPTIONS } from './api.js';
import { coloured, plainLine, print } from './terminal.js';

const HELP = `bpoc-webhooks doctor [options]

Checks what an integration needs: the server, the clock, the key, and the webhooks of the agency.

${SERVER_HELP}`;

/** Signatures are refused when they are 5 minutes old. */
const MAX_SKEW_SECONDS = 30;

interface Finding {
  check: string;
  ok: boolean;
  detail: string;
}

interface Me {
  role: string;
  agency: { name: string };
  rights: string[];
}

interface Webhook {
  id: string;
  kind: string;
  description: string;
  url: string;
  health: string;
}

/** `doctor`. Rejects if something is wrong. */
export async function doctorCommand(args: string[]): Promise<void> {
  const { values } = parseArgs({ args, options: SERVER_OPTIONS });
  if (values.help) return void process.stdout.write(HELP);
  const api = Api.of(values);
  let wrong = 0;
  for await (const finding of findings(api)) {
    if (!finding.ok) wrong++;
    print(values.json ? JSON.stringify(finding) : lineOf(finding));
  }
  if (wrong > 0) throw new Error(`${wrong} wrong`);
}

async function* findings(api: Api): AsyncGenerator<Finding> {
  const server = await serverOf(api);
  yield* server;
  if (server.some(({ check, ok }) => check === 'server' && !ok)) return;
  try {
    const { role, agency, rights } = await api.get<Me>('/api/me');
    yield { check: 'key', ok: true, detail: `${role} of ${plainLine(agency.name)}` };
    const listens = rights.includes('webhooks.write');
    yield { check: 'listen', ok: listens, detail: listens ? 'allowed' : 'needs a key of the role admin' };
  } catch (error) {
    yield { check: 'key', ok: false, detail: (error as Error).message };
    return;
  }
  const { data } = await api.get<{ data: Webhook[] }>('/api/recruiter/webhooks');
  for (const { id, description, url, health } of data.filter(({ kind }) => kind !== 'listen'))
    yield {
      check: 'webhook',
      ok: !['failing', 'paused', 'off'].includes(health),
      detail: `${health}: ${plainLine(description || url)} (${id})`,
    };
}

async function serverOf(api: Api): Promise<Finding[]> {
  try {
    const askedMs = Date.now();
    const answer = await fetch(`${api.url}/health/ready`, { signal: AbortSignal.timeout(10_000) });
    const middleMs = (askedMs + Date.now()) / 2;
    const { detail = '', status } = (await answer.json().catch(() => ({}))) as { detail?: string; status?: unknown };
    const isOurs = status !== undefined;
    const server = isOurs
      ? { ok: answer.ok, detail: detail || api.url }
      : { ok: false, detail: 'not the webhooks API' };
    const seconds = Math.round(Math.abs(Date.parse(answer.headers.get('date') ?? '') - middleMs) / 1000);
    const clock = { ok: !(seconds > MAX_SKEW_SECONDS), detail: `${seconds} s off the server's` };
    return [
      { check: 'server', ...server },
      { check: 'clock', ...clock },
    ];
  } catch (error) {
    const { cause = error } = error as { cause?: unknown };
    const detail = error instanceof ApiError ? error.message : (cause as Error).message;
    return [{ check: 'server', ok: false, detail: `${api.url} cannot be reached: ${detail}` }];
  }
}

const lineOf = ({ check, ok, detail }: Finding): string =>
  `${coloured(ok ? 'green' : 'red', ok ? 'ok   ' : 'wrong')}  ${check.padEnd(8)} ${plainLine(detail)}`;
