import { useState } from 'react';
import type { Bucket, WebhookDetail } from '../../../api/types';
import { fatesInWords, partsOf, sumOf, total, worstOf } from '../../../lib/bars';
import { clockTime, shortDate } from '../../../lib/time';
import { Button } from '../../../ui/kit';
import css from './delivery-chart.module.css';
import { bucketsOf, type Range } from './range';

type Span = 'hourly' | 'daily';

const WIDTH = 720;
const HEIGHT = 96;

/** Delivered and failed by hour or day, as bars or as a table. */
export function DeliveryChart({ series, range }: { series: WebhookDetail['series']; range: Range }) {
  const [asTable, setAsTable] = useState(false);
  const buckets = bucketsOf(series, range);
  const span = range === '24h' ? 'hourly' : 'daily';
  return (
    <div className={css.chart}>
      <div className={css.head}>
        <ul className={css.legend} aria-hidden="true">
          <li data-tone="ok">delivered</li>
          <li data-tone="warn">not through yet</li>
          <li data-tone="bad">failed</li>
        </ul>
        <div className={css.controls}>
          <Button variant="subtle" size="compact-sm" aria-pressed={asTable} onClick={() => setAsTable(!asTable)}>
            {asTable ? 'Show as bars' : 'Show as table'}
          </Button>
        </div>
      </div>
      {asTable ? <BucketTable buckets={buckets} span={span} /> : <Bars buckets={buckets} span={span} />}
    </div>
  );
}

function label(bucket: Bucket, span: Span): string {
  return span === 'hourly' ? clockTime(bucket.start) : shortDate(bucket.start);
}

function Bars({ buckets, span }: { buckets: readonly Bucket[]; span: Span }) {
  if (busy(buckets).length === 0) return <p className={css.none}>Nothing was due in this time.</p>;
  const highest = Math.max(1, ...buckets.map(total));
  const step = WIDTH / Math.max(1, buckets.length);
  const width = Math.min(step - 4, 24);
  return (
    <>
      <svg
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        className={css.bars}
        role="img"
        aria-label={summary(buckets, span)}
        preserveAspectRatio="none"
      >
        {buckets.map((bucket, index) => {
          const x = index * step + (step - width) / 2;
          return (
            <g key={bucket.start}>
              <title>{`${label(bucket, span)}: ${fatesInWords(bucket)}`}</title>
              <rect x={x} y={0} width={width} height={HEIGHT} className={css.hover} />
              <rect x={x} y={HEIGHT - 1} width={width} height={1} className={css.base} />
              {partsOf(bucket, highest, HEIGHT - 2).map(({ tone, y, height }) => (
                <rect key={tone} x={x} y={y + 2} width={width} height={height} className={css[tone]} />
              ))}
            </g>
          );
        })}
      </svg>
      <div className={css.axis} aria-hidden="true">
        <span>{buckets[0] ? label(buckets[0], span) : null}</span>
        <span>{span === 'hourly' ? 'now' : 'today'}</span>
      </div>
    </>
  );
}

function busy(buckets: readonly Bucket[]): Bucket[] {
  return buckets.filter((bucket) => total(bucket) > 0);
}

function summary(buckets: readonly Bucket[], span: Span): string {
  const worst = worstOf(buckets);
  const when = worst ? `, most failures ${span === 'hourly' ? 'in the hour from' : 'on'} ${label(worst, span)}` : '';
  return `${fatesInWords(sumOf(buckets))}${when}`;
}

function BucketTable({ buckets, span }: { buckets: readonly Bucket[]; span: Span }) {
  const rows = busy(buckets);
  if (rows.length === 0) return <p className={css.none}>Nothing was due in this time.</p>;
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
