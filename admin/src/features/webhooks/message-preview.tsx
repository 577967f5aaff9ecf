import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useMe } from '../../api/session';
import type { MessagePreview as Preview, Webhook } from '../../api/types';
import { previewQuery, type PreviewedEvent } from '../../api/webhooks';
import type { ToolKind } from '../../copy-tools';
import { deniedBecause } from '../../lib/rights';
import { InfoBar, LoadError, LoadingRows } from '../../ui/states';
import { ToolView } from '../../ui/tool-view';
import css from './message-preview.module.css';

interface MessagePreviewProps {
  webhook: Pick<Webhook, 'id' | 'updated_at'> & { kind: ToolKind };
  /** By default the first type that the webhook gets. */
  event?: PreviewedEvent | undefined;
}

/** How the webhook's newest event, or else the example, looks in its tool. */
export function MessagePreview({ webhook: { id, kind, updated_at }, event }: MessagePreviewProps) {
  const denied = deniedBecause(useMe(), 'content.read', 'read messages');
  const query = { ...previewQuery(id, updated_at, event), placeholderData: keepPreviousData };
  const preview = useQuery({ ...query, enabled: denied === null });
  if (denied) return <InfoBar>{denied}</InfoBar>;
  if (preview.isError) return <LoadError error={preview.error} onRetry={() => void preview.refetch()} />;
  if (!preview.data) return <LoadingRows rows={1} height={140} label="Loading the preview" />;
  return (
    <div className={css.preview}>
      <ToolView kind={kind} body={preview.data.body} />
      <p className={css.hint}>{madeOf(preview.data)}</p>
    </div>
  );
}

function madeOf({ event_id, count }: Preview): string {
  if (event_id === null) return 'This is an example: this event has not happened yet.';
  if (count > 1) return `One message with your ${count} latest events.`;
  return 'This is your latest event of this kind.';
}
