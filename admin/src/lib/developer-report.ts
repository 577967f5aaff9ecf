import type { Attempt, Delivery } from '../api/types';
import { reasons } from '../copy';
import { sentenceOf } from './failure-sentence';
import { statusName } from './http-status';

export interface ReportInput {
  url: string;
  deliveryId: string;
  eventId: string;
  event: string;
  attempts: readonly Attempt[];
}

/** A text that a recruiter can paste into a mail to the developer: ids, times and responses, no personal data. */
export function developerReport({ url, deliveryId, eventId, event, attempts }: ReportInput): string {
  const last = attempts.at(-1);
  return [
    'BPOC could not deliver a webhook.',
    '',
    `Address:   ${url}`,
    `Event:     ${event}`,
    `Event id:  ${eventId}   (header webhook-id)`,
    `Delivery:  ${deliveryId}   (header x-webhook-delivery)`,
    ...(last ? [`What happened: ${sentenceOf(last.reason, last)} ${reasons[last.reason].whatToDo}`] : []),
    '',
    'Tries (UTC):',
    ...attempts.map(attemptLine),
  ].join('\n');
}

function attemptLine(attempt: Attempt): string {
  const answer = attempt.response_status === null ? 'no answer' : statusName(attempt.response_status);
  const took = attempt.duration_ms === null ? '' : ` in ${Math.round(attempt.duration_ms)} ms`;
  const detail = attempt.detail ? ` (${attempt.detail})` : '';
  return `  ${attempt.n}. ${attempt.started_at}  ${answer}${took}  ${attempt.reason}${detail}`;
}

/** "503 Service Unavailable", "no answer", or null when nothing was tried yet. */
export function answerWords(delivery: Pick<Delivery, 'response_status' | 'attempts'>): string | null {
  if (delivery.response_status !== null) return statusName(delivery.response_status);
  return delivery.attempts > 0 ? 'no answer' : null;
}
