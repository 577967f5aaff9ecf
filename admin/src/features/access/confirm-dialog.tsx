import { useMutation } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { isStatus } from '../../api/problem';
import { DialogButtons } from '../../ui/dialog-buttons';
import { Button } from '../../ui/kit';
import { Modal } from '../../ui/modal';
import { ProblemNote } from '../../ui/states';
import css from './access.module.css';

interface ConfirmDialogProps {
  title: string;
  children: ReactNode;
  keep: string;
  /** The verb and its object, as in "Revoke key". */
  action: string;
  run: () => Promise<void>;
  onDone: () => void;
  onClose: () => void;
}

/** Asks before something that cannot be undone. A 404 counts as done. */
export function ConfirmDialog({ title, children, keep, action, run, onDone, onClose }: ConfirmDialogProps) {
  const running = useMutation({
    mutationFn: () =>
      run().catch((error: unknown) => {
        if (!isStatus(error, 404)) throw error;
      }),
    onSuccess: onDone,
  });
  return (
    <Modal opened onClose={onClose} title={title}>
      <div className={css.form}>
        <div>{children}</div>
        {running.isError ? <ProblemNote error={running.error} /> : null}
        <DialogButtons onLeave={onClose} leave={keep} focused>
          <Button color="red.9" loading={running.isPending} onClick={() => running.mutate()}>
            {action}
          </Button>
        </DialogButtons>
      </div>
    </Modal>
  );
}
