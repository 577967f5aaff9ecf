import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { clearUnseen } from '../api/live/unseen-items';
import { webhookQuery } from '../api/webhooks';
import { DeliveryTable } from '../features/deliveries/list/delivery-table';
import { planOf } from '../features/deliveries/use-plans';
import { Activity } from '../features/webhooks/one/activity';
import { NewPill } from '../ui/new-pill';

const route = getRouteApi('/signed-in/recruiter/api/webhooks/$id');

/** The Activity tab: the one place where the webhooks and the deliveries features meet. */
export function WebhookActivityScreen() {
  const { id } = route.useParams();
  const { data, refetch } = useQuery(webhookQuery(id));
  const webhook = data?.webhook;
  if (!webhook) return null;
  return (
    <Activity
      webhook={webhook}
      fresh={
        <NewPill
          filter={{ webhook_id: id, test: 'any' }}
          rows={webhook.recent_deliveries}
          complete={webhook.recent_deliveries.length === 0}
          onShow={() => {
            clearUnseen();
            void refetch();
          }}
        />
      }
      recent={<DeliveryTable deliveries={webhook.recent_deliveries} label="Recent deliveries" plan={planOf(webhook)} />}
    />
  );
}
