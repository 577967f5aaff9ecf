import type { Webhook } from '../../../api/types';
import { webhookName } from '../../../lib/webhook-name';
import { DeleteDialog } from '../settings/delete-dialog';
import { NewSecretDialog } from '../settings/secret/new-secret-dialog';
import { TestDialog } from '../test/test-dialog';

export type MenuAction = 'test' | 'secret' | 'delete';

interface MenuDialogProps {
  action: MenuAction;
  webhook: Webhook;
  onClose: () => void;
}

/** The dialog that an entry of a webhook's menu opens. */
export function MenuDialog({ action, webhook, onClose }: MenuDialogProps) {
  if (action === 'test') return <TestDialog webhook={webhook} onClose={onClose} />;
  if (action === 'secret') return <NewSecretDialog webhook={webhook} onClose={onClose} />;
  return <DeleteDialog id={webhook.id} name={webhookName(webhook)} onClose={onClose} />;
}
