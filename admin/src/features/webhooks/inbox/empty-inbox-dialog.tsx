import { useMutation, useQueryClient } from '@tanstack/react-query';
import { emptyInbox, inboxMessagesQuery } from '../../../api/inboxes';
import { DialogButtons } from '../../../ui/dialog-buttons';
import { Button } from '../../../ui/kit';
import { Modal } from '../../../ui/modal';
import { ProblemNote } from '../../../ui/states';
import { toast } from '../../../ui/toasts';
import css from './inbox.module.css';

export function EmptyInboxDialog({ inboxId, onClose }: { inboxId: string; onClose: () => void }) {
  const queryClient = useQueryClient();
  const emptying = useMutation({
    mutationFn: () => emptyInbox(inboxId),
    onSuccess: async () => {
      const { queryKey } = inboxMessagesQuery(inboxId);
      // A list requested earlier would bring them back for a moment.
      await queryClient.cancelQueries({ queryKey });
      queryClient.setQueryData(queryKey, []);
      toast('done', 'The test inbox is empty.');
      onClose();
    },
  });
  return (
    <Modal opened onClose={onClose} title="Delete these messages?">
      <div className={css.dialog}>
        <p>This cannot be undone. The deliveries in the log stay as they are.</p>
        {emptying.isError ? <ProblemNote error={emptying.error} /> : null}
        <DialogButtons onLeave={onClose} leave="Keep them" focused>
          <Button color="red.9" loading={emptying.isPending} onClick={() => emptying.mutate()}>
            Delete messages
          </Button>
        </DialogButtons>
      </div>
    </Modal>
  );
}
