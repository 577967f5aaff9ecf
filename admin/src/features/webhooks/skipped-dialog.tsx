import type { Webhook } from '../../api/types';
import { askToResend } from '../../lib/resend-request';
import { webhookName } from '../../lib/webhook-name';
import { DialogButtons } from '../../ui/dialog-buttons';
import { Button } from '../../ui/kit';
import { Modal } from '../../ui/modal';

interface SkippedDialogProps {
  webhook: Webhook;
  /** "6", or "10,000+". */
  count: string;
  onClose: () => void;
}

/** Offers to resend what was missed, when the webhook is turned on again. */
export function SkippedDialog({ webhook, count, onClose }: SkippedDialogProps) {
  const one = count === '1';
  function send(): void {
    onClose();
    askToResend({
      filter: { webhook_id: webhook.id, status: ['skipped'] },
      which: `to ${webhookName(webhook)} that ${one ? 'was' : 'were'} skipped`,
    });
  }
  return (
    <Modal opened onClose={onClose} title={`${webhookName(webhook)} is on`}>
      <p>
        {count} {one ? 'event was' : 'events were'} skipped while it was off.
      </p>
      <DialogButtons onLeave={onClose} leave={one ? 'Leave it' : 'Leave them'}>
        <Button onClick={send} data-autofocus>
          {one ? 'Send it…' : 'Send them…'}
        </Button>
      </DialogButtons>
    </Modal>
  );
}
