import type { SharedDelivery } from '../../api/types';
import { deliveryStatuses, reasons } from '../../copy';
import { inSecondPerson } from '../../lib/developer-report';
import { statusName } from '../../lib/http-status';
import { duration, utcTime } from '../../lib/time';
import { DataTable, Under, type Column } from '../../ui/data-table';
import { Card } from '../../ui/page';
import css from './shared.module.css';

type Try = SharedDelivery['timeline'][number];

const COLUMNS: Column<Try>[] = [
  { label: 'Try', cell: ({ n }) => n },
  { label: 'When', cell: ({ started_at }) => utcTime(started_at) },
  {
    label: 'Answer',
    cell: ({ response_status, duration_ms }) => (
      <>
        {response_status === null ? 'no answer' : statusName(response_status)}
        {duration_ms === null ? null : <Under>{duration(duration_ms)}</Under>}
      </>
    ),
  },
  {
    label: 'What happened',
    cell: ({ outcome, reason }) => (outcome === 'succeeded' ? 'Delivered.' : inSecondPerson(reasons[reason].sentence)),
  },
];

/** One delivery, without its message, names and answers. */
export function Tries({ url, delivery }: { url: string | null; delivery: SharedDelivery }) {
  const { event, event_id, delivery_id, status, timeline } = delivery;
  const facts = [
    ['Your address', url ?? 'email'],
    ['Event', event],
    ['Event id (webhook-id)', event_id],
    ['Delivery (x-webhook-delivery)', delivery_id],
    ['Status', deliveryStatuses[status].word],
  ] as const;
  return (
    <>
      <Card title="The delivery">
        <dl className={css.facts}>
          {facts.map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
      </Card>
      <Card title="Our tries">
        <DataTable label="Our tries" columns={COLUMNS} rows={timeline} keyOf={({ n }) => String(n)} />
      </Card>
    </>
  );
}
