import type { SharedFailure } from '../../api/types';
import { deliveryStatuses, reasons } from '../../copy';
import { inSecondPerson } from '../../lib/developer-report';
import { statusName } from '../../lib/http-status';
import { clockTime } from '../../lib/time';
import { DataTable, Under, type Column } from '../../ui/data-table';
import { Card } from '../../ui/page';

const COLUMNS: Column<SharedFailure>[] = [
  {
    label: 'Event',
    cell: ({ event, event_id }) => (
      <>
        <code>{event}</code>
        <Under>{event_id}</Under>
      </>
    ),
  },
  { label: 'Since', cell: ({ created_at }) => clockTime(created_at) },
  { label: 'Status', cell: ({ status }) => deliveryStatuses[status].word },
  {
    label: 'Why',
    cell: ({ reason, response_status, attempts }) => (
      <>
        {reason === null ? 'not known' : inSecondPerson(reasons[reason].sentence)}
        <Under>
          {response_status === null ? 'no answer' : statusName(response_status)} · {attempts} tries
        </Under>
      </>
    ),
  },
];

/** Deliveries of the last 7 days that failed. */
export function Failures({ failures }: { failures: readonly SharedFailure[] }) {
  return (
    <Card title="Recent failures">
      <p>From the last 7 days. The id of an event is in the header webhook-id.</p>
      <DataTable label="Recent failures" columns={COLUMNS} rows={failures} keyOf={(row) => row.delivery_id} />
    </Card>
  );
}
