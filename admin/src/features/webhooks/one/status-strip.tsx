import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import type { Bucket } from '../../../api/types';
import { outcomeWords, partsOf, sumOf, total, worstOf } from '../../../lib/bars';
import { clockTime, shortDate, timeOfDay } from '../../../lib/time';
import { bucketsOf, stepMs, type Range, type Series } from './range';
import css from './status-strip.module.css';

const WIDTH = 1_000;
const HEIGHT = 36;
const GAP = 0.14;
const COLUMN: Record<Range, string> = { '24h': 'Hour from', '7d': 'Time', '30d': 'Day' };
const WORST_WORDS: Record<Range, string> = { '24h': 'in the hour from', '7d': 'at', '30d': 'on' };

interface StatusStripProps {
  webhookId: string;
  series: Series;
  range: Range;
  asTable: boolean;
}

/**
 * The results of each step of time. All bars have the same height, so that failures in a quiet hour are as visible as
 * in a busy one. Each bar links to its deliveries; keyboard users have the table and the filters.
 */
export function StatusStrip({ webhookId, series, range, asTable }: StatusStripProps) {
  const buckets = bucketsOf(series, range);
  if (buckets.every((bucket) => total(bucket) === 0))
    return <p className={css.none}>Nothing was due in this period.</p>;
  if (asTable) return <BucketTable buckets={buckets} range={range} />;
  return <Bars webhookId={webhookId} buckets={buckets} range={range} />;
}

/** "15:00", "Thu 12:00 – 18:00", "3 May". */
function label({ start }: Bucket, range: Range): string {
  if (range === '30d') return shortDate(start);
  const from = clockTime(start);
  return range === '24h' ? from : `${from} – ${timeOfDay(new Date(Date.parse(start) + stepMs[range]).toISOString())}`;
}

interface BarsProps {
  webhookId: string;
  buckets: readonly Bucket[];
  range: Range;
}

function Bars({ webhookId, buckets, range }: BarsProps) {
  const navigate = useNavigate();
  const [pointed, setPointed] = useState<Bucket | null>(null);
  const step = WIDTH / (buckets.length - GAP);
  const [first] = buckets;

  function open({ start }: Bucket): void {
    const to = new Date(Date.parse(start) + stepMs[range]).toISOString();
    void navigate({ to: '/recruiter/api/deliveries', search: { webhook_id: webhookId, from: start, to } });
  }

  return (
    <div>
      <svg
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        className={css.bars}
        role="img"
        aria-label={summary(buckets, range)}
        preserveAspectRatio="none"
        onPointerLeave={() => setPointed(null)}
      >
        {buckets.map((bucket, index) => (
          <g key={bucket.start} onClick={() => open(bucket)} onPointerEnter={() => setPointed(bucket)}>
            <rect className={css.room} x={index * step} width={step} height={HEIGHT} />
            {total(bucket) === 0 ? (
              <rect className={css.empty} x={index * step} width={step * (1 - GAP)} height={HEIGHT} />
            ) : null}
            {partsOf(bucket, total(bucket), HEIGHT).map(({ tone, y, height }) => (
              <rect key={tone} className={css[tone]} x={index * step} y={y} width={step * (1 - GAP)} height={height} />
            ))}
          </g>
        ))}
      </svg>
      <div className={css.axis} aria-hidden="true">
        <span>{first ? (range === '24h' ? clockTime : shortDate)(first.start) : null}</span>
        {pointed ? (
          <span className={css.pointed}>
            {label(pointed, range)}: {total(pointed) === 0 ? 'nothing was due' : outcomeWords(pointed)}
          </span>
        ) : (
          <Legend buckets={buckets} />
        )}
        <span>{range === '30d' ? 'today' : 'now'}</span>
      </div>
    </div>
  );
}

/** Only the colours that occur; an all-green strip needs no legend. */
function Legend({ buckets }: { buckets: readonly Bucket[] }) {
  const { failed, pending } = sumOf(buckets);
  if (failed + pending === 0) return null;
  return (
    <span className={css.legend}>
      <span data-tone="ok">delivered</span>
      {pending > 0 ? <span data-tone="warn">not through yet</span> : null}
      {failed > 0 ? <span data-tone="bad">failed</span> : null}
    </span>
  );
}

function summary(buckets: readonly Bucket[], range: Range): string {
  const worst = worstOf(buckets);
  const when = worst ? `, most failures ${WORST_WORDS[range]} ${label(worst, range)}` : '';
  return `${outcomeWords(sumOf(buckets))}${when}`;
}

function BucketTable({ buckets, range }: Omit<BarsProps, 'webhookId'>) {
  const rows = buckets.filter((bucket) => total(bucket) > 0);
  return (
    <table className={css.table}>
      <thead>
        <tr>
          <th scope="col">{COLUMN[range]}</th>
          <th scope="col">Delivered</th>
          <th scope="col">Not through yet</th>
          <th scope="col">Failed</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((bucket) => (
          <tr key={bucket.start}>
            <th scope="row">{label(bucket, range)}</th>
            <td>{bucket.delivered}</td>
            <td>{bucket.pending}</td>
            <td>{bucket.failed}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
