import { useState } from 'react';
import type { WebhookDetail } from '../../../api/types';
import { missingCount } from '../../../lib/not-delivered';
import { clockTime, duration } from '../../../lib/time';
import { Button, SegmentedControl } from '../../../ui/kit';
import css from './activity.module.css';
import { figuresOf, RANGES, rangeWords, type Range } from './range';
import { StatusStrip } from './status-strip';

/** The results of the webhook in a selected range, by hour or day and in figures. */
export function Numbers({ webhook }: { webhook: WebhookDetail }) {
  const [range, setRange] = useState<Range>('24h');
  const [asTable, setAsTable] = useState(false);
  return (
    <section className={css.card} aria-label={`Figures of the last ${rangeWords[range]}`}>
      <div className={css.range}>
        <h2>Last {rangeWords[range]}</h2>
        <Button variant="subtle" size="compact-sm" aria-pressed={asTable} onClick={() => setAsTable(!asTable)}>
          {asTable ? 'Show as bars' : 'Show as table'}
        </Button>
        <SegmentedControl
          size="xs"
          aria-label="Time span"
          value={range}
          onChange={setRange}
          data={RANGES.map((value) => ({ value, label: rangeWords[value].replace(' hours', ' h') }))}
        />
      </div>
      <StatusStrip webhookId={webhook.id} series={webhook.series} range={range} asTable={asTable} />
      <FigureList webhook={webhook} range={range} />
    </section>
  );
}

function FigureList({ webhook, range }: { webhook: WebhookDetail; range: Range }) {
  const { delivered, failed, failedAttempts, pending, leftOut } = figuresOf(webhook, range);
  // Of everything that was due, including pending deliveries.
  const all = delivered + failed + pending;
  const { not_delivered: missing } = webhook;
  const answer = webhook.answer_time;
  return (
    <dl className={css.numbers}>
      <Figure
        label="Not delivered yet"
        value={missingCount(missing)}
        note={missing.since ? `the oldest since ${clockTime(missing.since)}` : undefined}
        tone={missing.count > 0 ? 'bad' : undefined}
      />
      <Figure
        label="Delivered"
        value={all === 0 ? '–' : `${Math.floor((delivered / all) * 1000) / 10} %`}
        note={`${delivered.toLocaleString('en')} of ${all.toLocaleString('en')} due`}
      />
      <Figure label="Gave up" value={failed.toLocaleString('en')} />
      <Figure label="Failed tries" value={failedAttempts.toLocaleString('en')} />
      {webhook.conditions || leftOut > 0 ? (
        <Figure label="Left out by conditions" value={leftOut.toLocaleString('en')} />
      ) : null}
      <Figure
        label={range === '24h' ? 'Response time' : 'Response time, 24 h'}
        value={answer ? duration(answer.typical_ms) : '–'}
        note={answer ? `slowest 5 %: ${duration(answer.slowest_5_percent_ms)}` : undefined}
      />
    </dl>
  );
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
