import { useQuery } from '@tanstack/react-query';
import { mustPoll } from '../../../api/live/live-state';
import { problemsQuery } from '../../../api/problems';
import type { Webhook } from '../../../api/types';
import { missingCount, sumOfMissing } from '../../../lib/not-delivered';
import { clockTime } from '../../../lib/time';
import { useRowFocus } from '../../../ui/row-focus';
import type { Attention } from './attention';
import { ProblemLine } from './problem-line';
import css from './problems-card.module.css';

/** Polling pace while something fails and the numbers grow; the stream refreshes them without it. */
const REFRESH_MS = 20_000;

interface ProblemsCardProps {
  items: readonly Attention[];
  /** How many webhooks there are. */
  of: number;
}

/** A summary, then one line per problem: the answer, what is missing, the most useful action. */
export function ProblemsCard({ items, of }: ProblemsCardProps) {
  // Optional: without it, the card shows less.
  const problems = useQuery({
    ...problemsQuery,
    enabled: items.length > 0,
    refetchInterval: () => (mustPoll() ? REFRESH_MS : false),
  }).data;
  const found = items.map((item) => ({ item, problem: problems?.find(({ id }) => id === item.webhook.id) }));
  const loud = found.filter(({ problem }) => !problem?.muted);
  const shown = [...loud, ...found.filter(({ problem }) => problem?.muted)];
  const focus = useRowFocus<HTMLUListElement>(
    shown.map(({ item }) => item.webhook.id),
    'li[data-tone]',
  );
  if (items.length === 0) return null;
  const waiting = loud.filter(({ problem }) => !problem?.acknowledged);
  return (
    <section className={css.card} aria-labelledby="attention">
      <div className={css.head} data-calm={waiting.length === 0 || undefined}>
        <h2 id="attention">{headline(waiting.length, { loud: loud.length, of })}</h2>
        <p>{missingWords(loud.map(({ item }) => item.webhook))}</p>
      </div>
      <ul className={css.list} {...focus}>
        {shown.map(({ item, problem }) => (
          <ProblemLine key={item.webhook.id} item={item} problem={problem} />
        ))}
      </ul>
    </section>
  );
}

function headline(waiting: number, { loud, of }: { loud: number; of: number }): string {
  if (loud === 0) return 'All problems are muted';
  if (waiting === 0) return `A colleague is on it: ${loud} of ${of} webhooks ${loud === 1 ? 'has' : 'have'} a problem`;
  return `${waiting} of ${of} ${of === 1 ? 'webhook' : 'webhooks'} ${waiting === 1 ? 'needs' : 'need'} you`;
}

function missingWords(webhooks: readonly Webhook[]): string {
  const missing = sumOfMissing(webhooks);
  if (missing.count === 0 || missing.since === null) return 'Nothing is missing.';
  return missing.count === 1
    ? `1 delivery has not arrived, since ${clockTime(missing.since)}.`
    : `${missingCount(missing)} deliveries have not arrived, the oldest since ${clockTime(missing.since)}.`;
}
