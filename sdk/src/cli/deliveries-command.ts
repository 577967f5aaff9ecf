import { parseArgs } from 'node:util';
import { Api, SERVER_HELP, SERVER_OPTIONS } from './api.js';
import { numberOf } from './options.js';
import { timeSince } from './since.js';
import { coloured, plainLine, print } from './terminal.js';

const HELP = `bpoc-webhooks deliveries [options]

Lists deliveries, newest first.

  --failed               only failed ones; --status a,b for other states
  --since 24h            of the last 24 hours (s, m, h, d), or since a time
  --webhook <id>         of one webhook
  --event <type>         of one event type or group, such as offer.*
  --limit n              default 50
${SERVER_HELP}
  bpoc-webhooks deliveries --failed --since 24h
  bpoc-webhooks deliveries --status retrying,waiting --json | jq -r .id
`;

export const FILTER_OPTIONS = {
  failed: { type: 'boolean' },
  since: { type: 'string' },
  webhook: { type: 'string' },
  event: { type: 'string' },
} as const;

const OPTIONS = {
  ...SERVER_OPTIONS,
  ...FILTER_OPTIONS,
  status: { type: 'string' },
  limit: { type: 'string' },
} as const;

const PAGE = 100;

interface Delivery {
  id: string;
  event: string;
  status: string;
  attempts: number;
  response_status: number | null;
  reason: string | null;
  created_at: string;
}

/** `deliveries`. */
export async function deliveriesCommand(args: string[]): Promise<void> {
  const { values } = parseArgs({ args, options: OPTIONS });
  if (values.help) return void process.stdout.write(HELP);
  const limit = numberOf('limit', values.limit, 1) ?? 50;
  const filter = {
    status: values.failed ? 'failed' : values.status,
    from: values.since && timeSince(values.since),
    webhook_id: values.webhook,
    event: values.event,
  };
  const api = Api.of(values);
  let cursor: string | undefined;
  for (let left = limit; left > 0;) {
    const page = await api.get<{ data: Delivery[]; next_cursor: string | null }>('/api/recruiter/deliveries', {
      ...filter,
      limit: Math.min(left, PAGE),
      cursor,
    });
    for (const delivery of page.data) print(values.json ? JSON.stringify(delivery) : lineOf(delivery));
    left -= page.data.length;
    if (page.next_cursor === null) return;
    cursor = page.next_cursor;
  }
}

const COLOURS: Record<string, 'green' | 'red' | 'yellow'> = { delivered: 'green', failed: 'red', retrying: 'yellow' };

function lineOf({ id, event, status, attempts, response_status, reason, created_at }: Delivery): string {
  const colour = COLOURS[status] ?? 'dim';
  const answer = response_status ?? (reason === null ? '' : plainLine(reason));
  const cells = [created_at.slice(0, 19).replace('T', ' '), coloured(colour, status.padEnd(9)), event.padEnd(28)];
  return [...cells, String(answer).padEnd(12), `${attempts}×`, id].join('  ');
}
