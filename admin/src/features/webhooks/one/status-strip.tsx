import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import type { Bucket } from '../../../api/types';
import { fatesInWords, partsOf, sumOf, total, worstOf } from '../../../lib/bars';
import { clockTime, shortDate } from '../../../lib/time';
import { bucketsOf, type Range, type Series } from './range';
import css from './status-strip.module.css';

type Span = 'hourly' | 'daily';

const WIDTH = 1_000;
const HEIGHT = 44;
const GAP = 0.14;
const SPAN_MS = { hourly: 3_600_000, daily: 86_400_000 };

interface StatusStripProps {
  webhookId: string;
  series: Series;
  range: Range;
  asTable: boolean;
}

/**
 * What became of each hour or day: all bars are equally high, so that a quiet hour that failed is seen as well as a
 * busy one. A bar leads to its deliveries; the keyboard way is the table and the filters.
 */
export function StatusStrip({ webhookId, series, range, asTable }: StatusStripProps) {
  const buckets = bucketsOf(series, range);
  const span = range === '24h' ? 'hourly' : 'daily';
  if (buckets.every((bucket) => total(bucket) === 0)) return <p className={css.none}>Nothing was due in this time.</p>;
  if (asTable) return <BucketTable buckets={buckets} span={span} />;
  return <Bars webhookId={webhookId} buckets={buckets} span={span} />;
}

function label(bucket: Bucket, span: Span): string {
  return span === 'hourly' ? clockTime(bucket.start) : shortDate(bucket.start);
}

interface BarsProps {
  webhookId: string;
  buckets: readonly Bucket[];
  span: Span;
}

function Bars({ webhookId, buckets, span }: BarsProps) {
  const navigate = useNavigate();
  const [pointed, setPointed] = useState<Bucket | null>(null);
  const step = WIDTH / buckets.length;
  const [first] = buckets;

  function open({ start }: Bucket): void {
    const to = new Date(Date.parse(start) + SPAN_MS[span]).toISOString();
    void navigate({ to: '/recruiter/api/deliveries', search: { webhook_id: webhookId, from: start, to } });
  }

  return (
    <div>
      <svg
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        className={css.bars}
        role="img"
        aria-label={summary(buckets, span)}
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
        <span>{first ? label(first, span) : null}</span>
        {pointed ? (
          <span className={css.pointed}>
            {label(pointed, span)}: {total(pointed) === 0 ? 'nothing was due' : fatesInWords(pointed)}
          </span>
        ) : (
          <Legend buckets={buckets} />
        )}
        <span>{span === 'hourly' ? 'now' : 'today'}</span>
      </div>
    </div>
  );
}

/** Only what there is: a strip that is all green explains itself. */
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

function summary(buckets: readonly Bucket[], span: Span): string {
  const worst = worstOf(buckets);
  const when = worst ? `, most failures ${span === 'hourly' ? 'in the hour from' : 'on'} ${label(worst, span)}` : '';
  return `${fatesInWords(sumOf(buckets))}${when}`;
}

function BucketTable({ buckets, span }: { buckets: readonly Bucket[]; span: Span }) {
  const rows = buckets.filter((bucket) => total(bucket) > 0);
  return (
    <table className={css.table}>
      <thead>
        <tr>
          <th scope="col">{span === 'hourly' ? 'Hour from' : 'Day'}</th>
          <th scope="col">Delivered</th>
          <th scope="col">Not through yet</th>
          <th scope="col">Failed</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((bucket) => (
          <tr key={bucket.start}>
            <th scope="row">{label(bucket, span)}</th>
            <td>{bucket.delivered}</td>
            <td>{bucket.pending}</td>
            <td>{bucket.failed}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
