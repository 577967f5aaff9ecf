import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { deliveryCountsQuery } from '../../../api/deliveries';
import type { DeliveryCounts, WebhookDetail } from '../../../api/types';
import { TextLink } from '../../../ui/link';
import { EmptyNote } from '../../../ui/states';
import { attentionOf } from '../list/attention';
import { DeliveryChart } from './delivery-chart';
import { StateBanner } from './state-banner';
import css from './activity.module.css';

interface ActivityProps {
  webhook: WebhookDetail;
  /** The rows of recent deliveries: drawn by the deliveries feature, put in by the route. */
  recent: ReactNode;
  /** What came since, to be shown when the reader wants it. */
  fresh: ReactNode;
}

export function Activity({ webhook, recent, fresh }: ActivityProps) {
  const attention = attentionOf(webhook);
  if (webhook.recent_deliveries.length === 0) {
    return (
      <>
        <StateBanner webhook={webhook} attention={attention} />
        {fresh}
        <EmptyNote title="Nothing sent yet.">
          Events appear here when something happens in BPOC. Want to see one now? Press Send test.
        </EmptyNote>
      </>
    );
  }
  return (
    <>
      <StateBanner webhook={webhook} attention={attention} />
      {webhook.series.daily.some((day) => day.delivered + day.failed_attempts > 0) ? (
        <Numbers webhook={webhook} />
      ) : null}
      <section className={css.recent} aria-labelledby="recent">
        <div className={css.recentHead}>
          <h2 id="recent">Recent deliveries</h2>
          <TextLink to="/recruiter/api/deliveries" search={{ webhook_id: webhook.id }}>
            All deliveries
          </TextLink>
        </div>
        {fresh}
        {recent}
      </section>
    </>
  );
}

function Numbers({ webhook }: { webhook: WebhookDetail }) {
  const { delivered, failed, failed_attempts } = webhook.last_24h;
  const all = delivered + failed;
  const share = all === 0 ? '–' : `${Math.round((delivered / all) * 1000) / 10} %`;
  const counts = useQuery(deliveryCountsQuery({ webhook_id: webhook.id })).data;
  return (
    <section className={css.card} aria-label="The last day in numbers">
      <dl className={css.numbers}>
        <Figure
          label="Delivered, last 24 h"
          value={share}
          note={`${delivered.toLocaleString('en')} of ${all.toLocaleString('en')}`}
        />
        <Figure label="Failed for good" value={failed.toLocaleString('en')} tone={failed > 0 ? 'bad' : undefined} />
        <Figure label="Tries that failed" value={failed_attempts.toLocaleString('en')} />
        <Figure label="Still to send" value={counts ? owed(counts) : '–'} />
      </dl>
      <DeliveryChart series={webhook.series} />
    </section>
  );
}

function owed({ waiting, retrying }: DeliveryCounts): string {
  const capped = waiting.capped || retrying.capped ? '+' : '';
  return `${(waiting.count + retrying.count).toLocaleString('en')}${capped}`;
}

function Figure({
  label,
  value,
  note,
  tone,
}: {
  label: string;
  value: string;
  note?: string;
  tone?: 'bad' | undefined;
}) {
  return (
    <div>
      <dt className={css.figureLabel}>{label}</dt>
      <dd className={css.figure} data-tone={tone}>
        {value} {note ? <span className={css.figureNote}>{note}</span> : null}
      </dd>
    </div>
  );
}
