import type { Webhook } from '../../../api/types';
import { reasons, whoWords } from '../../../copy';
import { assertNever } from '../../../lib/assert-never';
import { statusName } from '../../../lib/http-status';
import { offSentence } from '../../../lib/off-words';
import { clockTime } from '../../../lib/time';
import { webhookName } from '../../../lib/webhook-name';

/** A webhook that fails this long without a break is switched off by the server. */
const SWITCH_OFF_MS = 5 * 86_400_000;

/** Fewer failures than this do not switch it off: a quiet webhook proves little. */
const SWITCH_OFF_TRIES = 20;

export interface Attention {
  webhook: Webhook;
  tone: 'bad' | 'warn';
  /** What is wrong, with the technical word for the developer. */
  what: string;
  technical: string | null;
  /** Who has to act, and how. */
  help: string;
  /** The next automatic step, and when. */
  next: string[];
}

const ORDER: Record<Webhook['health'], number> = {
  off: 0,
  paused: 1,
  failing: 2,
  slowed_down: 3,
  some_problems: 4,
  new: 5,
  healthy: 6,
};

/**
 * The webhooks that need attention, the worst first. One that a person switched off is not a problem, nor one whose
 * server asks us to wait: no one has to act.
 */
export function needAttention(webhooks: readonly Webhook[]): Attention[] {
  return webhooks
    .filter(({ health }) => health !== 'slowed_down')
    .map(attentionOf)
    .filter((found) => found !== null)
    .toSorted((a, b) => ORDER[a.webhook.health] - ORDER[b.webhook.health]);
}

/** Null when all is well with it. */
export function attentionOf(webhook: Webhook): Attention | null {
  switch (webhook.health) {
    case 'off':
      return offAttention(webhook);
    case 'failing':
    case 'paused':
      return failingAttention(webhook, 'bad');
    case 'slowed_down':
      return heldAttention(webhook);
    case 'some_problems':
      return webhook.failures_in_a_row > 0 || webhook.last_24h.failed > 0 ? failingAttention(webhook, 'warn') : null;
    case 'new':
    case 'healthy':
      return null;
    default:
      return assertNever(webhook.health);
  }
}

function offAttention(webhook: Webhook): Attention | null {
  if (webhook.off_reason === null || webhook.off_reason === 'person') return null;
  const help =
    webhook.off_reason === 'gone'
      ? reasons.gone.whatToDo
      : `${whoWords.developer(webhookName(webhook))} Send a test, then turn it on.`;
  return { webhook, tone: 'bad', what: offSentence(webhook), technical: null, help, next: [] };
}

function heldAttention(webhook: Webhook): Attention | null {
  if (webhook.held_until === null) return null;
  return {
    webhook,
    tone: 'warn',
    what: `Slowed down: their server asked us to wait until ${clockTime(webhook.held_until)}.`,
    technical: statusName(429),
    help: `${whoWords[reasons.rate_limited.who](webhookName(webhook))} What waits goes out then, and no try is lost.`,
    next: [],
  };
}

function failingAttention(webhook: Webhook, tone: 'bad' | 'warn'): Attention {
  const last = webhook.last_delivery;
  const reason = last?.reason && last.reason !== 'ok' ? last.reason : null;
  const words = reason ? reasons[reason] : null;
  return {
    webhook,
    tone,
    what: words?.sentence ?? `${webhook.last_24h.failed} failed in the last 24 hours. The newest one went well.`,
    technical: reason && last?.response_status ? statusName(last.response_status) : null,
    help: words ? `${whoWords[words.who](webhookName(webhook))} ${words.whatToDo}` : 'Open it to see which ones.',
    next: nextSteps(webhook),
  };
}

function nextSteps(webhook: Webhook): string[] {
  const steps: string[] = [];
  if (webhook.failures_in_a_row > 1) steps.push(`${webhook.failures_in_a_row} failures in a row`);
  if (webhook.failing_since) steps.push(`since ${clockTime(webhook.failing_since)}`);
  if (webhook.paused_until) steps.push(`paused, next try ${clockTime(webhook.paused_until)}`);
  const offAt = switchOffAt(webhook);
  if (offAt) steps.push(offAt);
  return steps;
}

/** Shown as soon as it fails steadily. A pause sends enough probes to reach the number of tries. */
function switchOffAt({ failing_since, health, failures_in_a_row }: Webhook): string | null {
  if (failing_since === null || (health !== 'paused' && health !== 'failing')) return null;
  const when = clockTime(new Date(Date.parse(failing_since) + SWITCH_OFF_MS).toISOString());
  return health === 'paused' || failures_in_a_row >= SWITCH_OFF_TRIES
    ? `turns off ${when} if nothing changes`
    : `turns off ${when} if ${SWITCH_OFF_TRIES} tries have failed by then`;
}
