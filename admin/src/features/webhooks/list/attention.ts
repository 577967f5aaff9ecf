import type { Webhook } from '../../../api/types';
import { whoWords, type Who } from '../../../copy';
import { toolNames } from '../../../copy-tools';
import { assertNever } from '../../../lib/assert-never';
import { isTool, reasonWords } from '../../../lib/failure-sentence';
import { statusName } from '../../../lib/http-status';
import { offSentence } from '../../../lib/off-words';
import { atTime, clockTime, soon } from '../../../lib/time';
import { webhookName } from '../../../lib/webhook-name';

/** The server switches off a webhook that fails for this long without a success. */
const SWITCH_OFF_MS = 5 * 86_400_000;

/** Fewer failures do not switch it off: a quiet webhook proves little. */
const SWITCH_OFF_TRIES = 20;

export interface Attention {
  webhook: Webhook;
  tone: 'bad' | 'warn';
  /** What is wrong, with the technical word for the developer. */
  what: string;
  technical: string | null;
  /** Who has to act; `none` when it works again. */
  who: Who;
  /** The same in words, and how. */
  help: string;
  /** What happens next automatically, in sentences. */
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
 * The webhooks that need attention, worst first. One that a person switched off is not a problem, nor is one whose
 * server asks us to wait: no one has to act.
 */
export function needAttention(webhooks: readonly Webhook[]): Attention[] {
  return worstFirst(webhooks)
    .filter(({ health }) => health !== 'slowed_down')
    .map(attentionOf)
    .filter((found) => found !== null);
}

/** Worst first: by failures, then by pending deliveries; those that a person switched off come last. */
export function worstFirst(webhooks: readonly Webhook[]): Webhook[] {
  const place = (webhook: Webhook) => (webhook.off_reason === 'person' ? 6 : ORDER[webhook.health]);
  return webhooks.toSorted((a, b) => place(a) - place(b) || b.not_delivered.count - a.not_delivered.count);
}

/** Null if nothing is wrong with it. */
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
      return someProblems(webhook);
    case 'new':
    case 'healthy':
      return outdatedAttention(webhook);
    default:
      return assertNever(webhook.health);
  }
}

function offAttention(webhook: Webhook): Attention | null {
  if (webhook.off_reason === null || webhook.off_reason === 'person') return null;
  const help = offHelp(webhook);
  return { webhook, tone: 'bad', what: offSentence(webhook), technical: null, who: 'admin', help, next: [] };
}

function offHelp(webhook: Webhook): string {
  const { off_reason: reason, kind } = webhook;
  if (reason === 'target_gone' && isTool(kind)) return reasonWords(reason, webhook).whatToDo;
  if (reason === 'gone') return 'Turn it on when they are ready.';
  const who = isTool(kind) ? '' : `${whoWords.developer(webhookName(webhook))} `;
  return `${who}Send a test, then turn it on.`;
}

function someProblems(webhook: Webhook): Attention | null {
  if (webhook.failures_in_a_row > 0) return failingAttention(webhook, 'warn');
  const { count } = webhook.not_delivered;
  if (count === 0 || webhook.last_24h.failed === 0) return null;
  const deliveries = count === 1 ? 'delivery' : 'deliveries';
  const what = `It works again. ${count.toLocaleString('en')} ${deliveries} did not arrive.`;
  return { webhook, tone: 'warn', what, technical: null, who: 'none', help: 'Resend what is missing.', next: [] };
}

/** A condition refers to what no longer exists, so some events may never come. */
function outdatedAttention(webhook: Webhook): Attention | null {
  const [first] = webhook.outdated_conditions;
  if (!first) return null;
  const { event, field } = first;
  return {
    webhook,
    tone: 'warn',
    what: 'A condition refers to something that events no longer have. Some events may not be sent.',
    technical: field === null ? event : `${event}: ${field}`,
    who: 'admin',
    help: 'Open its settings, then change or remove the condition.',
    next: [],
  };
}

function heldAttention(webhook: Webhook): Attention | null {
  const { kind, held_until } = webhook;
  if (held_until === null) return null;
  const who = isTool(kind) ? toolNames[kind] : 'their server';
  return {
    webhook,
    tone: 'warn',
    what: `Slowed down: ${who} asked us to wait until ${clockTime(held_until)}.`,
    technical: statusName(429),
    who: 'none',
    help: 'No action needed. Waiting events go out then, and no tries are used up.',
    next: [],
  };
}

function failingAttention(webhook: Webhook, tone: 'bad' | 'warn'): Attention {
  const last = webhook.last_delivery;
  const reason = last?.reason && last.reason !== 'ok' ? last.reason : null;
  const words = reason ? reasonWords(reason, webhook) : null;
  return {
    webhook,
    tone,
    what: words?.sentence ?? 'Its deliveries are failing.',
    technical: reason && last?.response_status ? statusName(last.response_status) : null,
    who: words?.who ?? 'developer',
    help: words ? `${whoWords[words.who](webhookName(webhook))} ${words.whatToDo}` : 'Open it to see which ones.',
    next: nextSteps(webhook),
  };
}

function nextSteps(webhook: Webhook): string[] {
  const { failures_in_a_row: failures, failing_since: since, paused_until: probe } = webhook;
  const steps: string[] = [];
  if (failures > 1) steps.push(`${failures} failed tries in a row${since ? ` since ${clockTime(since)}` : ''}.`);
  if (probe) steps.push(`Paused. We test it ${soon(probe)}.`);
  const offAt = switchOffAt(webhook);
  if (offAt) steps.push(offAt);
  return steps;
}

/** Shown as soon as it fails steadily. A pause sends enough probes to reach the number of tries. */
function switchOffAt({ failing_since, health, failures_in_a_row }: Webhook): string | null {
  if (failing_since === null || (health !== 'paused' && health !== 'failing')) return null;
  const when = atTime(new Date(Date.parse(failing_since) + SWITCH_OFF_MS).toISOString());
  return health === 'paused' || failures_in_a_row >= SWITCH_OFF_TRIES
    ? `We turn it off ${when} if it still fails.`
    : `We turn it off ${when} if ${SWITCH_OFF_TRIES} tries have failed by then.`;
}
