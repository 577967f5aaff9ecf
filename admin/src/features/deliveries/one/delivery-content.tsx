import type { ReactNode } from 'react';
import { isStatus } from '../../../api/problem';
import type { DeliveryDetail } from '../../../api/types';
import { EmptyNote, LoadError, LoadingRows, StaleBar } from '../../../ui/states';
import { DeliveryView } from './delivery-view';
import { useDelivery } from './use-delivery';

interface DeliveryContentProps {
  id: string;
  /** The frame (drawer or page), given what is known about the delivery so far. */
  frame: (delivery: DeliveryDetail | null, body: ReactNode) => ReactNode;
}

/** One delivery in all its states, inside the frame of a drawer or a page. */
export function DeliveryContent({ id, frame }: DeliveryContentProps) {
  const { query, watchResend } = useDelivery(id);
  const retry = () => void query.refetch();
  if (query.data) {
    return frame(
      query.data,
      <>
        {query.isError ? <StaleBar error={query.error} what="this delivery" onRetry={retry} /> : null}
        <DeliveryView delivery={query.data} onResent={watchResend} />
      </>,
    );
  }
  if (isStatus(query.error, 404)) {
    return frame(
      null,
      <EmptyNote title="There is no such delivery.">
        We keep deliveries for 30 days. It may be older than that.
      </EmptyNote>,
    );
  }
  return frame(
    null,
    query.isError ? (
      <LoadError error={query.error} onRetry={retry} />
    ) : (
      <LoadingRows rows={4} height={84} label="Loading the delivery" />
    ),
  );
}
