import type { Attempt, Delivery, Reason, Webhook } from '../api/types';
import { reasons } from '../copy';
import { sentenceOf } from './failure-sentence';
import { statusName } from './http-status';
import { missingCount } from './not-delivered';
import { soon, utcTime } from './time';

interface ReportInput {
  /** null: mails, which have no address. */
  url: string | null;
  /** Leads to the same in this app, for those who may see it. */
  link: string;
  reason: Reason;
  /** The status of the last answer; null without one. */
  responseStatus: number | null;
  /** The beginning of the answer, without personal data. */
  answer: string | null;
  /** Set if the report is about the whole webhook. */
  webhook?: Pick<Webhook, 'not_delivered' | 'failing_since' | 'paused_until'>;
  /** Set if the report is about one delivery. */
  delivery?: { id: string; eventId: string; event: string; attempts: readonly Attempt[] };
}

/** A text that a recruiter can send to the receiver's developer, who may not know BPOC. */
export function developerReport(input: ReportInput): string {
  const { url, link, reason, responseStatus, answer, webhook, delivery } = input;
  const sentence = delivery
    ? sentenceOf(reason, delivery.attempts.at(-1), { kind: 'endpoint', url })
    : reasons[reason].sentence;
  const said = responseStatus === null ? 'no answer' : statusName(responseStatus);
  return [
    'BPOC sends events to your webhook, and it does not accept them.',
    '',
    ...(url === null ? [] : [`Your address: ${url}`]),
    `The problem:  ${inSecondPerson(sentence)} (${said})`,
    ...(webhook ? aboutAll(webhook) : []),
    ...(delivery ? aboutOne(delivery) : []),
    ...(answer ? ['', 'Your server answered:', ...answer.split('\n').map((line) => `  ${line}`)] : []),
    '',
    `What to do:   ${developerAdvice(reason)}`,
    `To test it:   answer our POST with a status from 200 to 299. ${nextTest(webhook)}`,
    `More:         ${link}`,
  ].join('\n');
}

function aboutAll({ not_delivered: missing, failing_since }: NonNullable<ReportInput['webhook']>): string[] {
  const since = failing_since ?? missing.since;
  return [
    ...(since ? [`Since:        ${utcTime(since)}`] : []),
    ...(missing.count > 0 ? [`Not delivered yet: ${missingCount(missing)} events`] : []),
  ];
}

function aboutOne({ id, eventId, event, attempts }: NonNullable<ReportInput['delivery']>): string[] {
  return [
    `The event:    ${event}`,
    `Event id:     ${eventId}   (header webhook-id)`,
    `Delivery:     ${id}   (header x-webhook-delivery)`,
    '',
    'Our tries (UTC):',
    ...attempts.map(attemptLine),
  ];
}

function nextTest(webhook: ReportInput['webhook']): string {
  return webhook?.paused_until
    ? `We test it ${soon(webhook.paused_until)}, and can send a test at any time: just ask.`
    : 'We can send a test at any time: just ask.';
}

/** What the developer can do about a reason. */
export function developerAdvice(reason: Reason): string {
  return inSecondPerson(reasons[reason].theyDo ?? reasons[reason].whatToDo);
}

/** "Their server says it is down." becomes "Your server says it is down.": the reader is the developer. */
export function inSecondPerson(text: string): string {
  return text
    .replace(/\b([Tt])heir own\b/g, (_all, t: string) => (t === 'T' ? 'Your own' : 'your own'))
    .replace(/\bTheir\b/g, 'Your')
    .replace(/\btheir\b/g, 'your')
    .replace(/\bThey are\b/g, 'You are')
    .replace(/\bThey\b/g, 'You')
    .replace(/\bthey\b/g, 'you')
    .replace(/\bthem\b/g, 'you')
    .replace(/\b([Tt])hen resend\b/g, (_all, t: string) => `${t}hen ask us to resend`);
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
