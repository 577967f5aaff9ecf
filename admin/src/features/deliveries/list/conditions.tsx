import { useQuery } from '@tanstack/react-query';
import { eventTypesQuery } from '../../../api/event-types';
import type { EventTypeList, Reason, Webhook } from '../../../api/types';
import { webhooksQuery } from '../../../api/webhooks';
import { reasons } from '../../../copy';
import { singular } from '../../../lib/event-selection';
import { statusName } from '../../../lib/http-status';
import { clockTime } from '../../../lib/time';
import { webhookName } from '../../../lib/webhook-name';
import { IconCross } from '../../../ui/icons';
import type { ListSearch } from './filter';
import css from './delivery-filters.module.css';

interface ConditionsProps {
  search: ListSearch;
  /** Only conditions without an open field are shown. */
  onlyHidden: boolean;
  onChange: (change: ListSearch) => void;
}

/** The active conditions, each with a button to remove it, including those from a link that have no field. */
export function Conditions({ search, onlyHidden, onChange }: ConditionsProps) {
  const webhooks = useQuery(webhooksQuery).data;
  const catalogue = useQuery(eventTypesQuery).data;
  return conditionsOf(search, webhooks, catalogue)
    .filter(({ hasField }) => !(hasField && onlyHidden))
    .map(({ words, without }) => (
      <button
        key={words}
        type="button"
        className={css.condition}
        onClick={() => onChange(without)}
        aria-label={`Remove the condition: ${words}`}
      >
        <span>{words}</span>
        <IconCross size={14} />
      </button>
    ));
}

interface Condition {
  words: string;
  without: ListSearch;
  hasField: boolean;
}

const PERIODS = { '24h': 'Last 24 hours', '7d': 'Last 7 days', '30d': 'Last 30 days' };
const ANSWERS: Partial<Record<string, string>> = { none: 'No answer' };

function conditionsOf(
  { webhook_id, recovery_id, event, response, reason, period, from, to, tests }: ListSearch,
  webhooks: readonly Webhook[] | undefined,
  catalogue: EventTypeList | undefined,
): Condition[] {
  const found: Condition[] = [];
  const add = (words: string, without: ListSearch, hasField = true) => found.push({ words, without, hasField });
  if (webhook_id) {
    const webhook = webhooks?.find(({ id }) => id === webhook_id);
    add(webhook ? webhookName(webhook) : webhooks ? 'A deleted webhook' : '…', { webhook_id: undefined });
  }
  if (recovery_id) add('Sent again together', { recovery_id: undefined }, false);
  if (event) add(eventWords(event, catalogue), { event: undefined });
  if (response) add(ANSWERS[response] ?? answerWords(response), { response: undefined });
  if (reason) {
    const words = Object.hasOwn(reasons, reason) ? reasons[reason as Reason].sentence : reason;
    add(words, { reason: undefined }, false);
  }
  if (from || to) add(stretchWords(from, to), { from: undefined, to: undefined }, false);
  else if (period) add(PERIODS[period], { period: undefined });
  if (tests) add(tests === 'only' ? 'Tests only' : 'With tests', { tests: undefined });
  return found;
}

function eventWords(event: string, catalogue: EventTypeList | undefined): string {
  const group = catalogue?.groups.find(({ pattern }) => pattern === event);
  if (group) return `All ${singular(group.title)} events`;
  return catalogue?.data.find(({ type }) => type === event)?.title ?? event;
}

function answerWords(response: string): string {
  return /^\d{3}$/.test(response) ? statusName(Number(response)) : `Answer ${response}`;
}

function stretchWords(from: string | undefined, to: string | undefined): string {
  if (!from) return `Before ${clockTime(to ?? '')}`;
  return to ? `${clockTime(from)} – ${clockTime(to)}` : `Since ${clockTime(from)}`;
}
