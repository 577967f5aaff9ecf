import type { Webhook } from '../../../api/types';
import { webhookName } from '../../../lib/webhook-name';
import { Modal } from '../../../ui/modal';
import { DeleteDialog } from '../settings/delete-dialog';
import { PastEvents } from '../past/past-events';
import { NewSecretDialog } from '../settings/secret/new-secret-dialog';
import { TestDialog } from '../test/test-dialog';

export type MenuAction = 'test' | 'past' | 'secret' | 'delete';

interface MenuDialogProps {
  action: MenuAction;
  webhook: Webhook;
  onClose: () => void;
}

/** The dialog that an entry of a webhook's menu opens. */
export function MenuDialog({ action, webhook, onClose }: MenuDialogProps) {
  if (action === 'test') return <TestDialog webhook={webhook} onClose={onClose} />;
  if (action === 'past') {
    return (
      <Modal opened onClose={onClose} title="Send past events" size={560}>
        <PastEvents webhook={webhook} onClose={onClose} />
      </Modal>
    );
  }
  if (action === 'secret') return <NewSecretDialog webhook={webhook} onClose={onClose} />;
  return <DeleteDialog id={webhook.id} name={webhookName(webhook)} onClose={onClose} />;
}
