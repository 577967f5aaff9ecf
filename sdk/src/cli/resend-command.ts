import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Api, ApiError, SERVER_HELP, SERVER_OPTIONS } from './api.js';
import { FILTER_OPTIONS } from './deliveries-command.js';
import { timeSince } from './since.js';
import { print, say } from './terminal.js';
import { UsageError } from './usage-error.js';

const HELP = `bpoc-webhooks resend <id>… [options]
bpoc-webhooks resend --failed|--skipped [--since 24h] [--webhook <id>] [--event <type>] [--dry-run]

Resends deliveries: those named, or all failed or skipped ones that match.

  --dry-run              says how many would be sent without sending any
  --since 24h            of the last 24 hours (s, m, h, d), or since a time
${SERVER_HELP}
  bpoc-webhooks resend 0190f3c6-7c1e-7b3a-9d52-3f0a4c6b8e21
  bpoc-webhooks resend --failed --since 24h --dry-run
`;

const OPTIONS = {
  ...SERVER_OPTIONS,
  ...FILTER_OPTIONS,
  skipped: { type: 'boolean' },
  'dry-run': { type: 'boolean' },
} as const;

const LOOK_EVERY_MS = 500;

interface Plan {
  plan_id: string;
  count: number;
  left_out: { webhook_off: number; purged: number };
}

interface Recovery {
  status: string;
  count: number;
  resent: number;
  passed_over: number;
  delivered: number;
  failed: number;
}

/** `resend`. Rejects if any of the named deliveries could not be resent. */
export async function resendCommand(args: string[]): Promise<void> {
  const { values, positionals: ids } = parseArgs({ args, options: OPTIONS, allowPositionals: true });
  if (values.help) return void process.stdout.write(HELP);
  const status = [values.failed && 'failed', values.skipped && 'skipped'].filter(Boolean);
  if (ids.length > 0 === status.length > 0)
    throw new UsageError('resend needs ids of deliveries, or one of --failed and --skipped');
  const api = Api.of(values);
  const isDry = values['dry-run'] === true;
  if (ids.length > 0 && !isDry) return resendEach(api, ids, values.json === true);
  const filter =
    ids.length > 0
      ? { delivery_ids: ids }
      : {
          status,
          ...(values.since && { from: timeSince(values.since) }),
          ...(values.webhook && { webhook_id: values.webhook }),
          ...(values.event && { event: values.event }),
        };
  const plan = await api.post<Plan>('/api/recruiter/recoveries', { filter, dry_run: true });
  if (isDry) return print(values.json ? JSON.stringify(plan) : wordsOf(plan));
  say(wordsOf(plan));
  if (plan.count > 0) await run(api, plan, values.json === true);
}

function wordsOf({ count, left_out: { webhook_off: off, purged } }: Plan): string {
  const left = [off > 0 && `${off} of webhooks that are off`, purged > 0 && `${purged} erased`].filter(Boolean);
  return `${count} to send again${left.length > 0 ? `; left out: ${left.join(', ')}` : ''}`;
}

async function resendEach(api: Api, ids: string[], isJson: boolean): Promise<void> {
  let refused = 0;
  for (const id of ids) {
    const problem = await api.post(`/api/recruiter/deliveries/${encodeURIComponent(id)}/resend`).then(
      () => null,
      (error: unknown) => {
        if (error instanceof ApiError && ![0, 401, 403].includes(error.status)) return error;
        throw error;
      },
    );
    if (problem) refused++;
    if (isJson) print(JSON.stringify({ id, resent: !problem, ...(problem && { code: problem.code }) }));
    else print(problem ? `${id}  ${problem.message}` : `${id}  resent`);
  }
  if (refused > 0) throw new Error(`${refused} of ${ids.length} were not resent`);
}

async function run(api: Api, { plan_id: id }: Plan, isJson: boolean): Promise<void> {
  let recovery = await api.post<Recovery>('/api/recruiter/recoveries', { plan_id: id });
  while (recovery.status === 'running') {
    progress(recovery);
    await delay(LOOK_EVERY_MS);
    recovery = await api.get<Recovery>(`/api/recruiter/recoveries/${id}`);
  }
  progress(recovery, true);
  if (isJson) return print(JSON.stringify(recovery));
  const { resent, passed_over, delivered, failed, status } = recovery;
  print(
    `${resent} sent again, ${passed_over} passed over; so far ${delivered} delivered, ${failed} not${stop(status)}`,
  );
}

const stop = (status: string): string => (status === 'stopped' ? '; it was stopped' : '');

const WIDTH = 30;

function progress({ count, resent, passed_over }: Recovery, isLast = false): void {
  if (!process.stderr.isTTY) return;
  const done = resent + passed_over;
  const full = Math.round((WIDTH * done) / Math.max(1, count));
  process.stderr.write(`\r[${'#'.repeat(full).padEnd(WIDTH, '.')}] ${done}/${count}${isLast ? '\n' : ''}`);
}
