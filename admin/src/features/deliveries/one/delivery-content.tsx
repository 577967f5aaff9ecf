import type { ReactNode } from 'react';
import { isStatus } from '../../../api/problem';
import { useMe } from '../../../api/session';
import type { DeliveryDetail } from '../../../api/types';
import { keptFor } from '../../../lib/retention';
import { EmptyNote, LoadError, LoadingRows, StaleBar } from '../../../ui/states';
import { DeliveryView } from './delivery-view';
import type { OpenTab } from './message-tabs';
import { useDelivery } from './use-delivery';

interface DeliveryContentProps {
  id: string;
  /** The open part of the message, kept by the frame so that the next delivery opens with the same one. */
  tabs: OpenTab;
  /** The frame (drawer or page), given the data loaded so far. */
  frame: (delivery: DeliveryDetail | null, body: ReactNode) => ReactNode;
}

/** One delivery with its loading and error states, in the frame of a drawer or a page. */
export function DeliveryContent({ id, tabs, frame }: DeliveryContentProps) {
  const { query, watchResend } = useDelivery(id);
  const me = useMe();
  const retry = () => void query.refetch();
  if (query.data) {
    return frame(
      query.data,
      <>
        {query.isError ? <StaleBar error={query.error} what="this delivery" onRetry={retry} /> : null}
        <DeliveryView key={id} delivery={query.data} tabs={tabs} onResent={watchResend} />
      </>,
    );
  }
  if (isStatus(query.error, 404)) {
    return frame(
      null,
      <EmptyNote title="Delivery not found.">We keep deliveries for {keptFor(me)}. This one may be older.</EmptyNote>,
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
