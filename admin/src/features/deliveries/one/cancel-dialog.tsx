import type { DeliveryDetail } from '../../../api/types';
import { webhookName } from '../../../lib/webhook-name';
import { DialogButtons } from '../../../ui/dialog-buttons';
import { Button } from '../../../ui/kit';
import { Modal } from '../../../ui/modal';
import { ProblemNote } from '../../../ui/states';
import { toast } from '../../../ui/toasts';
import { useCancel } from '../resend/use-resend';

interface CancelDialogProps {
  delivery: DeliveryDetail;
  onClose: () => void;
}

/** Asks for confirmation: a cancelled delivery cannot be resent. */
export function CancelDialog({ delivery, onClose }: CancelDialogProps) {
  const cancel = useCancel(delivery);
  function done(): void {
    toast('done', 'Cancelled. Nothing more is sent.');
    onClose();
  }
  return (
    <Modal opened onClose={onClose} title="Cancel this delivery?">
      <p>{webhookName(delivery.webhook)} will not get it from us, and it cannot be resent later.</p>
      {cancel.isError ? <ProblemNote error={cancel.error} /> : null}
      <DialogButtons onLeave={onClose} leave="Keep it" focused>
        <Button color="red.9" loading={cancel.isPending} onClick={() => cancel.mutate(undefined, { onSuccess: done })}>
          Cancel delivery
        </Button>
      </DialogButtons>
    </Modal>
  );
}
