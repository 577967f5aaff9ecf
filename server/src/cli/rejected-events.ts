import { AppError } from '../lib/app-error.js';
import { isUuid } from '../lib/ids.js';
import type { RejectedEventResponse } from '../nats/rejected-events.dto.js';
import type { RejectedEvents } from '../nats/rejected-events.js';
import { UsageError } from './command.js';

/* The events from NATS that were not accepted, of all agencies. All functions return lines to print. */

type Events = Pick<RejectedEvents, 'list' | 'get' | 'accept' | 'drop'>;

const PAGE = 200;

export async function listRejected(events: Events): Promise<string[]> {
  const rows = await all(events);
  return rows.length === 0 ? ['Every event from NATS was accepted.'] : rows.map(line);
}

/** Throws UsageError if there is none with this id. */
export async function showRejected(events: Events, id: string): Promise<string[]> {
  const { body, body_encoding: encoding, ...row } = await known(id, (found) => events.get(null, found));
  const errors = row.errors.map(({ field, message }) => `  ${field}: ${message}`);
  return [line(row), ...errors, encoding === 'base64' ? `base64: ${body}` : body];
}

/** @param ids `all` for every one. Throws UsageError if some are refused again, after accepting the others */
export async function acceptEvents(events: Events, ids: string[]): Promise<string[]> {
  const wanted = ids.join() === 'all' ? (await all(events)).map(({ id }) => id).toReversed() : ids;
  const refused: string[] = [];
  let accepted = 0;
  for (const id of wanted) {
    try {
      await known(id, (found) => events.accept(null, found));
      accepted++;
    } catch (error) {
      if (!(error instanceof AppError) && !(error instanceof UsageError)) throw error;
      refused.push(`${id}: ${error.message}`);
    }
  }
  const done = `${accepted} accepted.`;
  if (refused.length > 0) throw new UsageError([done, `${refused.length} refused:`, ...refused].join('\n'));
  return [done];
}

/** Throws UsageError at the first id that does not exist. */
export async function dropEvents(events: Events, ids: string[]): Promise<string[]> {
  for (const id of ids) await known(id, (found) => events.drop(null, found));
  return [`${ids.length} dropped.`];
}

async function all(events: Events): Promise<RejectedEventResponse[]> {
  const rows: RejectedEventResponse[] = [];
  let cursor: string | null = null;
  do {
    const page = await events.list(null, { limit: PAGE, ...(cursor !== null && { cursor }) });
    rows.push(...page.data);
    cursor = page.next_cursor;
  } while (cursor !== null);
  return rows;
}

async function known<T>(id: string, work: (id: string) => Promise<T>): Promise<T> {
  const none = () => new UsageError(`There is no event "${id}": npm run events -- rejected shows them.`);
  if (!isUuid(id)) throw none();
  try {
    return await work(id.toLowerCase());
  } catch (error) {
    throw error instanceof AppError && error.code === 'not_found' ? none() : error;
  }
}

function line({ id, rejected_at, subject, agency_id, message_id, reason }: RejectedEventResponse): string {
  const about = [agency_id === null ? 'no known agency' : `agency ${agency_id}`, ...(message_id ? [message_id] : [])];
  return `${id}  ${rejected_at.slice(0, 16).replace('T', ' ')}  ${subject}  ${about.join('; ')}: ${reason}`;
}
