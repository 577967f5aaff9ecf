import { useQuery } from '@tanstack/react-query';
import { useMe } from '../../api/session';
import type { Webhook } from '../../api/types';
import { previewQuery } from '../../api/webhooks';
import { deniedBecause } from '../../lib/rights';
import { MailView } from '../../ui/mail-view';
import { InfoBar, LoadError, LoadingRows } from '../../ui/states';
import css from './mail-preview.module.css';

/** The mail that the newest event of this webhook would make, else the example. */
export function MailPreview({ webhook }: { webhook: Pick<Webhook, 'id' | 'updated_at'> }) {
  const denied = deniedBecause(useMe(), 'content.read', 'read messages');
  const preview = useQuery({ ...previewQuery(webhook.id, webhook.updated_at), enabled: denied === null });
  if (denied) return <InfoBar>{denied}</InfoBar>;
  if (preview.isError) return <LoadError error={preview.error} onRetry={() => void preview.refetch()} />;
  if (!preview.data) return <LoadingRows rows={1} height={180} label="Loading the preview" />;
  return (
    <div className={css.preview}>
      <MailView body={preview.data.body} />
      <p className={css.hint}>
        {preview.data.event_id === null
          ? 'Based on example data: this event has not happened yet.'
          : 'Based on your latest event.'}
      </p>
    </div>
  );
}
