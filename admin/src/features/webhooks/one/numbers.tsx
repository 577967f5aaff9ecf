import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { deliveryCountsQuery } from '../../../api/deliveries';
import type { DeliveryCounts, WebhookDetail } from '../../../api/types';
import { duration } from '../../../lib/time';
import { SegmentedControl } from '../../../ui/kit';
import css from './activity.module.css';
import { DeliveryChart } from './delivery-chart';
import { figuresOf, RANGES, rangeWords, type Range } from './range';

/** How the webhook fared in a stretch of time that the reader chooses: figures, and a chart of the same. */
export function Numbers({ webhook }: { webhook: WebhookDetail }) {
  const [range, setRange] = useState<Range>('24h');
  return (
    <section className={css.card} aria-label={`The last ${rangeWords[range]} in numbers`}>
      <div className={css.range}>
        <h2>In numbers</h2>
        <SegmentedControl
          size="xs"
          aria-label="Time span"
          value={range}
          onChange={setRange}
          data={RANGES.map((value) => ({ value, label: rangeWords[value].replace(' hours', ' h') }))}
        />
      </div>
      <FigureList webhook={webhook} range={range} />
      <DeliveryChart series={webhook.series} range={range} />
    </section>
  );
}

function FigureList({ webhook, range }: { webhook: WebhookDetail; range: Range }) {
  const { delivered, failed, failedAttempts } = figuresOf(webhook, range);
  const all = delivered + failed;
  const counts = useQuery(deliveryCountsQuery({ webhook_id: webhook.id })).data;
  const answer = webhook.answer_time;
  return (
    <dl className={css.numbers}>
      <Figure
        label="Delivered"
        value={all === 0 ? '–' : `${Math.round((delivered / all) * 1000) / 10} %`}
        note={`${delivered.toLocaleString('en')} of ${all.toLocaleString('en')}`}
      />
      <Figure label="Failed for good" value={failed.toLocaleString('en')} tone={failed > 0 ? 'bad' : undefined} />
      <Figure label="Tries that failed" value={failedAttempts.toLocaleString('en')} />
      <Figure
        label={range === '24h' ? 'Typical answer' : 'Typical answer, 24 h'}
        value={answer ? duration(answer.typical_ms) : '–'}
        note={answer ? `slowest 5 %: ${duration(answer.slowest_5_percent_ms)}` : undefined}
      />
      <Figure label="Still to send" value={counts ? stillToSend(counts) : '–'} />
    </dl>
  );
}

function stillToSend({ waiting, retrying }: DeliveryCounts): string {
  const capped = waiting.capped || retrying.capped ? '+' : '';
  return `${(waiting.count + retrying.count).toLocaleString('en')}${capped}`;
}

interface FigureProps {
  label: string;
  value: string;
  note?: string | undefined;
  tone?: 'bad' | undefined;
}

function Figure({ label, value, note, tone }: FigureProps) {
  return (
    <div>
      <dt className={css.figureLabel}>{label}</dt>
      <dd className={css.figure} data-tone={tone}>
        {value} {note ? <span className={css.figureNote}>{note}</span> : null}
      </dd>
    </div>
  );
}
