import { useQueryClient } from '@tanstack/react-query';
import type { TestEvent, Webhook } from '../../../api/types';
import { webhookKeys } from '../../../api/webhooks';
import { webhookName } from '../../../lib/webhook-name';
import { DialogButtons } from '../../../ui/dialog-buttons';
import { Modal } from '../../../ui/modal';
import { deliveriesChanged } from '../deliveries-changed';
import { TestPanel } from './test-panel';

interface TestDialogProps {
  webhook: Webhook;
  event?: TestEvent | undefined;
  onClose: () => void;
}

/** "Send test" everywhere except in the Add dialog. */
export function TestDialog({ webhook, event, onClose }: TestDialogProps) {
  const queryClient = useQueryClient();

  async function refresh(): Promise<void> {
    await Promise.all([queryClient.invalidateQueries({ queryKey: webhookKeys.all }), deliveriesChanged(queryClient)]);
  }

  return (
    <Modal opened onClose={onClose} title={`Test ${webhookName(webhook)}`} size={600}>
      <TestPanel webhook={webhook} firstEvent={event} onResult={() => void refresh()} />
      <DialogButtons onLeave={onClose} leave="Done" />
    </Modal>
  );
}
