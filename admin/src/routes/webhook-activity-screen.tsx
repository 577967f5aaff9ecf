import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { webhookQuery } from '../api/webhooks';
import { DeliveryTable } from '../features/deliveries/list/delivery-table';
import { Activity } from '../features/webhooks/one/activity';

const route = getRouteApi('/signed-in/recruiter/api/webhooks/$id');

/** The Activity tab: the one place where the webhooks and the deliveries features meet. */
export function WebhookActivityScreen() {
  const { id } = route.useParams();
  const webhook = useQuery(webhookQuery(id)).data?.webhook;
  if (!webhook) return null;
  return (
    <Activity
      webhook={webhook}
      recent={<DeliveryTable deliveries={webhook.recent_deliveries} label="Recent deliveries" withWebhook={false} />}
    />
  );
}
