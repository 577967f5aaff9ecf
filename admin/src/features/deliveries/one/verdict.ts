import type { DeliveryDetail, Reason } from '../../../api/types';
import { nextTry, pausedWords, type Plan } from '../use-plans';
import { deliveryStatuses, whoWords } from '../../../copy';
import { tookOver } from '../../../copy-tools';
import { assertNever } from '../../../lib/assert-never';
import { answerWords } from '../../../lib/developer-report';
import { reasonWords, sentenceOf } from '../../../lib/failure-sentence';
import { statusName } from '../../../lib/http-status';
import { waitsWords } from '../../../lib/pace';
import { serverNow } from '../../../lib/server-clock';
import { duration, soon } from '../../../lib/time';
import { webhookName } from '../../../lib/webhook-name';

export interface Verdict {
  /** What happened, in one plain sentence. */
  sentence: string;
  /** The technical form for developers: "503 Service Unavailable". */
  technical: string | null;
  /** Who has to do what, and what happens next automatically. */
  advice: string[];
  /** The entry in the Guide's list of problems. */
  problem?: Reason;
}

/** The result of the delivery so far, in words. */
export function verdictOf(delivery: DeliveryDetail, plan: Plan | undefined): Verdict {
  switch (delivery.status) {
    case 'delivered':
      return deliveredVerdict(delivery);
    case 'waiting':
      return waitingVerdict(delivery, plan);
    case 'retrying':
      return { ...problemOf(delivery), advice: [nextStep(delivery, plan), ...problemOf(delivery).advice] };
    case 'failed':
      return { ...problemOf(delivery), advice: [...problemOf(delivery).advice, stopped(delivery)] };
    case 'skipped':
    case 'cancelled':
      return problemOf(delivery);
    default:
      return assertNever(delivery.status);
  }
}

/** Describes the try that succeeded; later ones, of a resend, do not change the result. */
function deliveredVerdict(delivery: DeliveryDetail): Verdict {
  if (delivery.delivered_in) return { sentence: 'Delivered in one message with others.', technical: null, advice: [] };
  const success = delivery.timeline.find((attempt) => attempt.outcome === 'succeeded');
  if (!success) return { sentence: deliveryStatuses.delivered.meaning, technical: answerWords(delivery), advice: [] };
  const took = success.duration_ms === null ? '' : ` in ${duration(success.duration_ms).replace(' ', '\u00a0')}`;
  const tries = success.n > 1 ? ` It took ${success.n} tries.` : '';
  const technical = success.response_status === null ? null : statusName(success.response_status);
  return { sentence: `Delivered${took}.${tries}`, technical, advice: tookOver(delivery.webhook.kind) };
}

function waitingVerdict(delivery: DeliveryDetail, plan: Plan | undefined): Verdict {
  if (!delivery.waits) return { sentence: waitingSentence(delivery, plan), technical: null, advice: [] };
  const advice = [`We will send it ${soon(delivery.waits.until)}.`];
  return { sentence: waitsWords(delivery.waits), technical: null, advice };
}

function waitingSentence(delivery: DeliveryDetail, plan: Plan | undefined): string {
  if (plan?.pausedUntil) return pausedWords(plan);
  if (!delivery.next_attempt_at || Date.parse(delivery.next_attempt_at) < serverNow() + 5_000) {
    return deliveryStatuses.waiting.meaning;
  }
  return `We will send it ${soon(delivery.next_attempt_at)}.`;
}

function problemOf(delivery: DeliveryDetail): Verdict {
  if (delivery.reason === null || delivery.reason === 'ok') {
    return { sentence: deliveryStatuses[delivery.status].meaning, technical: null, advice: [] };
  }
  const last = delivery.timeline.at(-1);
  const answer = delivery.answers.find(({ n }) => n === last?.n)?.text;
  const words = reasonWords(delivery.reason, delivery.webhook, answer);
  const who = words.who === 'none' ? [] : [whoWords[words.who](webhookName(delivery.webhook))];
  return {
    sentence: sentenceOf(delivery.reason, last, delivery.webhook, answer),
    technical: answerWords(delivery),
    advice: [...who, words.whatToDo],
    problem: delivery.reason,
  };
}

function nextStep(delivery: DeliveryDetail, plan: Plan | undefined): string {
  if (plan?.pausedUntil) return pausedWords(plan);
  const tries = { tries: delivery.max_attempts, pausedUntil: null };
  return `We try again ${nextTry(delivery, tries)?.replace('(', '(try ')}.`;
}

function stopped(delivery: DeliveryDetail): string {
  return delivery.attempts === 1 ? 'We tried once and stopped.' : `We tried ${delivery.attempts} times and stopped.`;
}
