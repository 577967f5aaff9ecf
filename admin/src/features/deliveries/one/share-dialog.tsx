import { useMutation } from '@tanstack/react-query';
import { shareDelivery, unshareDelivery } from '../../../api/shared';
import { shortDate } from '../../../lib/time';
import { DialogButtons } from '../../../ui/dialog-buttons';
import { Button } from '../../../ui/kit';
import { Modal } from '../../../ui/modal';
import { ShowOnce } from '../../../ui/show-once';
import { ProblemNote } from '../../../ui/states';
import { toast } from '../../../ui/toasts';

/** Makes a link for a person without an account: what happened, without messages, names and answers. */
export function ShareDialog({ id, onClose }: { id: string; onClose: () => void }) {
  // The answer contains the link, so it must not stay in the cache.
  const sharing = useMutation({ gcTime: 0, mutationFn: () => shareDelivery(id) });
  const ending = useMutation({
    mutationFn: () => unshareDelivery(id),
    onSuccess: () => {
      toast('done', 'The links to this delivery no longer work.');
      onClose();
    },
  });
  const error = sharing.error ?? ending.error;
  return (
    <Modal opened onClose={onClose} size={560} title="Share this delivery">
      {sharing.data ? (
        <ShowOnce
          value={sharing.data.url}
          mask={`${sharing.data.url.split('#')[0]}#${'•'.repeat(20)}`}
          hint={`It needs no account and works until ${shortDate(sharing.data.expires_at)}.`}
          onTaken={() => undefined}
        >
          Send it to the developer. <strong>We show it only once.</strong>
        </ShowOnce>
      ) : (
        <p>The link shows our tries and their results, but no message, names or answers.</p>
      )}
      {error ? <ProblemNote error={error} /> : null}
      <DialogButtons>
        {sharing.data ? (
          <Button onClick={onClose}>Done</Button>
        ) : (
          <>
            <Button variant="default" loading={ending.isPending} onClick={() => ending.mutate()}>
              Revoke earlier links
            </Button>
            <Button loading={sharing.isPending} onClick={() => sharing.mutate()}>
              Create a link
            </Button>
          </>
        )}
      </DialogButtons>
    </Modal>
  );
}
