import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { eventTypesQuery } from '../../../api/event-types';
import type { WebhookDetail } from '../../../api/types';
import type { PreviewedEvent } from '../../../api/webhooks';
import type { ToolKind } from '../../../copy-tools';
import { isChosen } from '../../../lib/event-selection';
import { NativeSelect } from '../../../ui/kit';
import { Card } from '../../../ui/page';
import { MessagePreview } from '../message-preview';
import css from './settings.module.css';

/** What its messages look like, for each event that it gets. */
export function MessagePreviewCard({ webhook }: { webhook: WebhookDetail & { kind: ToolKind } }) {
  const types = useQuery(eventTypesQuery).data?.data.filter(({ type }) => isChosen(webhook.events, type)) ?? [];
  const [chosen, setChosen] = useState<PreviewedEvent>();
  return (
    <Card title="Preview">
      <div className={css.form}>
        {types.length > 1 ? (
          <NativeSelect
            aria-label="Event of the preview"
            value={chosen ?? types[0]?.type}
            onChange={(event) => setChosen(event.currentTarget.value as PreviewedEvent)}
            data={types.map(({ type, title }) => ({ value: type, label: title }))}
          />
        ) : null}
        <MessagePreview webhook={webhook} event={chosen} />
      </div>
    </Card>
  );
}
