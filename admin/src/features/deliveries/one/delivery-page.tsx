import { getRouteApi } from '@tanstack/react-router';
import { useState } from 'react';
import { IconBack } from '../../../ui/icons';
import { TextLink } from '../../../ui/link';
import { Page } from '../../../ui/page';
import { DeliveryContent } from './delivery-content';
import { DeliveryTitle } from './delivery-title';
import type { MessageTab } from './message-tabs';
import css from './delivery-drawer.module.css';

const route = getRouteApi('/signed-in/recruiter/api/deliveries/$id');

/** A delivery on its own page: for sharing a link, and for phones. */
export function DeliveryPage() {
  const { id } = route.useParams();
  const [tab, setTab] = useState<MessageTab | null>(null);
  return (
    <DeliveryContent
      key={id}
      id={id}
      tabs={{ tab, onTab: setTab }}
      frame={(delivery, body) => (
        <Page
          back={
            <TextLink to="/recruiter/api/deliveries" className={css.back}>
              <IconBack size={14} /> Deliveries
            </TextLink>
          }
          documentTitle="Delivery"
          title={<DeliveryTitle delivery={delivery} />}
        >
          {delivery ? <div className={css.pageBody}>{body}</div> : body}
        </Page>
      )}
    />
  );
}
