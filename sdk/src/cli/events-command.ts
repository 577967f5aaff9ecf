import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Api, ApiError, SERVER_HELP, SERVER_OPTIONS } from './api.js';
import { timeSince } from './since.js';
import { plainLine, print, say } from './terminal.js';
import { UsageError } from './usage-error.js';

const HELP = `bpoc-webhooks events tail [options]

Prints the agency's events as they are stored, with the number of deliveries of each, until stopped.

  --event <type>         only one event type or group, such as offer.*
  --since 1h             starts with events of the last hour; default: from now on
  --once                 prints the existing events and exits
${SERVER_HELP}
  bpoc-webhooks events tail --event 'application.*'
`;

const OPTIONS = {
  ...SERVER_OPTIONS,
  event: { type: 'string' },
  since: { type: 'string' },
  once: { type: 'boolean' },
} as const;

const LOOK_EVERY_MS = 2_000;
/** Another process may store an event slightly after a newer one. */
const OVERLAP_MS = 10_000;
const REMEMBERED = 10_000;

interface Event {
  id: string;
  type: string;
  accepted_at: string;
  subject: { kind: string; id: string } | null;
  deliveries: Record<string, number>;
}

/** `events tail`. */
export async function eventsCommand(args: string[]): Promise<void> {
  const { values, positionals } = parseArgs({ args, options: OPTIONS, allowPositionals: true });
  if (values.help) return void process.stdout.write(HELP);
  if (positionals.join(' ') !== 'tail') throw new UsageError('events needs: tail');
  const api = Api.of(values);
  const seen = new Set<string>();
  let from = timeSince(values.since ?? '0s');
  for (;;) {
    try {
      const events = await eventsSince(api, from, values.event);
      for (const event of events) {
        if (seen.has(event.id)) continue;
        seen.add(event.id);
        print(values.json ? JSON.stringify(event) : lineOf(event));
      }
      for (const id of seen) if (seen.size > REMEMBERED) seen.delete(id);
      const newest = events.at(-1);
      if (newest)
        from = new Date(Math.max(Date.parse(from), Date.parse(newest.accepted_at) - OVERLAP_MS)).toISOString();
      if (values.once) return;
    } catch (error) {
      if (values.once || !(error instanceof ApiError) || !error.isTransient) throw error;
      say(error.message);
    }
    await delay(LOOK_EVERY_MS);
  }
}

/** Oldest first. */
async function eventsSince(api: Api, from: string, event: string | undefined): Promise<Event[]> {
  const events: Event[] = [];
  let cursor: string | undefined;
  do {
    const query = { from, event, cursor };
    const page = await api.get<{ data: Event[]; next_cursor: string | null }>('/api/recruiter/events', query);
    events.push(...page.data);
    cursor = page.next_cursor ?? undefined;
  } while (cursor);
  return events.reverse();
}

function lineOf({ id, type, accepted_at, subject, deliveries }: Event): string {
  const counts = Object.entries(deliveries).filter(([, count]) => count > 0);
  const words = counts.map(([state, count]) => `${count} ${state}`).join(', ') || 'no webhook';
  const about = subject ? plainLine(`${subject.kind} ${subject.id}`) : '';
  return [accepted_at.slice(11, 19), type.padEnd(28), id, words, about].join('  ');
}
