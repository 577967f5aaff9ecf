import type { Entry } from './listen-session.js';
import { coloured, plainLine } from './terminal.js';

/* How `listen` prints a request. */

const FAILURES = {
  refused: 'nothing listens there',
  reset: 'connection closed',
  timeout: 'no answer in time',
  unreachable: 'cannot be reached',
  bad_answer: 'no HTTP',
} as const;

/** `200`, or why there is none. */
export function answerOf({ result, late }: Entry): string {
  if (result === null) return '…';
  return `${'failure' in result ? FAILURES[result.failure] : result.status}${late ? ' (too late)' : ''}`;
}

export function isSuccess({ result, late }: Entry): boolean {
  return result !== null && !late && 'status' in result && result.status >= 200 && result.status < 300;
}

/** `10:30:00  application.created  200  12 ms  <delivery>` */
export function compactLine(entry: Entry, { colours = true } = {}): string {
  const { request, at, ms, result } = entry;
  const colour = result === null ? 'dim' : isSuccess(entry) ? 'green' : 'red';
  const answer = answerOf(entry).padEnd(4);
  const attempt = request.attempt > 1 ? ` try ${request.attempt}` : '';
  const name = `${plainLine(request.event)}${request.test ? ' (test)' : ''}${attempt}`.padEnd(32);
  const took = result === null ? '' : `${ms} ms`;
  return [timeOf(at), name, colours ? coloured(colour, answer) : answer, took.padStart(7), request.delivery_id].join(
    '  ',
  );
}

export const timeOf = (at: Date): string => at.toTimeString().slice(0, 8);

/** One line of `--output json`. */
export function jsonLine({ request, at, ms, result, late }: Entry): string {
  const { delivery_id, event_id, event, attempt, test, body } = request;
  const answer = result === null ? null : 'failure' in result ? result : { status: result.status, body: result.body };
  return JSON.stringify({ at, delivery_id, event_id, event, attempt, test, ms, late, answer, message: parsed(body) });
}

export function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
