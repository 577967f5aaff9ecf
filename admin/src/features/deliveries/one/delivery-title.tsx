import { useQuery } from '@tanstack/react-query';
import { eventTitle, eventTypesQuery } from '../../../api/event-types';
import type { DeliveryDetail } from '../../../api/types';
import { StatusWord, TestTag } from '../../../ui/status';
import css from './delivery-drawer.module.css';

/** "New application ✓ Delivered": the same in the drawer and on the page. */
export function DeliveryTitle({ delivery }: { delivery: DeliveryDetail | null }) {
  const catalogue = useQuery(eventTypesQuery).data;
  if (!delivery) return 'Delivery';
  return (
    <span className={css.title}>
      {eventTitle(catalogue, delivery.event)}
      {delivery.test ? <TestTag /> : null}
      <StatusWord status={delivery.status} />
    </span>
  );
}
