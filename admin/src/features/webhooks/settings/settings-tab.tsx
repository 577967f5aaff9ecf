import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useMe } from '../../../api/session';
import { webhookQuery } from '../../../api/webhooks';
import { isTool } from '../../../lib/failure-sentence';
import { isSigned } from '../../../lib/is-signed';
import { deniedBecause } from '../../../lib/rights';
import { InfoBar } from '../../../ui/states';
import { AddressCard } from './address-card';
import { AlertsCard } from './alerts-card';
import { ConditionsCard } from './conditions/conditions-card';
import { ContentCard } from './content/content-card';
import { DeleteCard } from './delete-card';
import { DescriptionCard } from './description-card';
import { EventsCard } from './events-card';
import { HandoverCard } from '../handover/handover-card';
import { HeadersCard } from './headers/headers-card';
import { MessagePreviewCard } from './message-preview-card';
import { PaceCard } from './pace-card';
import { RecipientsCard } from './recipients-card';
import { RetryCard } from './retry-card';
import { TraceCard } from './trace-card';
import { ScheduleCard } from './schedule-card';
import { SecretCard } from './secret/secret-card';
import { StyleCard } from './style-card';
import { ToolAddressCard } from './tool-address-card';
import css from './settings.module.css';

const route = getRouteApi('/signed-in/recruiter/api/webhooks/$id');

/** One column of cards, each saved separately: unfinished input is not saved with another card. */
export function SettingsTab() {
  const { id } = route.useParams();
  const me = useMe();
  const data = useQuery(webhookQuery(id)).data;
  if (!data) return null;
  const { webhook } = data;
  const denied = deniedBecause(me, 'webhooks.write', 'change webhooks');
  const { kind } = webhook;
  const card = { webhook, etag: data.etag, denied };
  return (
    // Unsaved input belongs to this webhook, not to the one that is opened next.
    <div key={webhook.id} className={css.column}>
      {denied ? <InfoBar>{denied}</InfoBar> : null}
      {kind === 'endpoint' ? <AddressCard {...card} /> : null}
      {kind === 'email' ? <RecipientsCard {...card} /> : null}
      {isSigned(webhook) || kind === 'email' ? null : <ToolAddressCard {...card} />}
      <EventsCard {...card} />
      <ConditionsCard {...card} />
      {isSigned(webhook) ? <ContentCard {...card} /> : null}
      {isSigned(webhook) ? null : <StyleCard {...card} />}
      {isSigned(webhook) ? null : <ScheduleCard {...card} />}
      {isTool(kind) ? <MessagePreviewCard webhook={{ ...webhook, kind }} /> : null}
      <DescriptionCard {...card} />
      <RetryCard {...card} />
      <PaceCard {...card} />
      {kind === 'endpoint' ? <HeadersCard {...card} /> : null}
      {kind === 'endpoint' ? <TraceCard {...card} /> : null}
      {isSigned(webhook) ? <SecretCard webhook={webhook} /> : null}
      {kind === 'endpoint' ? <HandoverCard webhookId={webhook.id} /> : null}
      <AlertsCard webhookId={webhook.id} denied={denied} />
      <DeleteCard {...card} />
    </div>
  );
}
