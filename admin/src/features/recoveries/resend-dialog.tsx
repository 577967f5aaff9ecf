import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { planRecovery, recoveryKeys, runRecovery, stopRecovery } from '../../api/recoveries';
import { useMe } from '../../api/session';
import type { RecoveryPlan } from '../../api/types';
import type { ResendRequest } from '../../lib/resend-request';
import { DialogButtons } from '../../ui/dialog-buttons';
import { Button } from '../../ui/kit';
import { Modal } from '../../ui/modal';
import { LoadError, LoadingRows, ProblemNote } from '../../ui/states';
import { offerUndo } from '../../ui/toasts';
import { deliveries, leftOut, takesAbout } from './recovery-words';
import { StillFailing } from './still-failing';
import css from './recoveries.module.css';

interface ResendDialogProps {
  request: ResendRequest;
  onClose: () => void;
}

/** A bulk resend: the server's own preview, then just that. It begins after the time to undo it, in the bar. */
export function ResendDialog({ request, onClose }: ResendDialogProps) {
  return (
    <Modal opened onClose={onClose} title="Resend deliveries" size={560}>
      <Preview request={request} onClose={onClose} />
    </Modal>
  );
}

function Preview({ request, onClose }: ResendDialogProps) {
  const plan = useQuery({
    queryKey: ['recoveries', 'plan', request.filter],
    queryFn: () => planRecovery(request.filter),
    staleTime: Infinity,
    // The next time is another look at the log.
    gcTime: 0,
  });
  const start = useStart(onClose);
  const nothing = plan.data?.count === 0;
  return (
    <>
      {plan.data ? (
        <Plan plan={plan.data} request={request} />
      ) : plan.isError ? (
        <LoadError error={plan.error} onRetry={() => void plan.refetch()} title="We could not check what to resend." />
      ) : (
        <LoadingRows rows={1} height={112} label="Checking what to resend" />
      )}
      {start.isError ? <ProblemNote error={start.error} /> : null}
      <DialogButtons>
        <Button variant="default" onClick={onClose}>
          {nothing ? 'Close' : 'Cancel'}
        </Button>
        {plan.data && !nothing ? (
          <Button loading={start.isPending} onClick={() => start.mutate(plan.data.plan_id)}>
            Resend {deliveries(plan.data.count)}
          </Button>
        ) : null}
      </DialogButtons>
    </>
  );
}

function Plan({ plan, request }: { plan: RecoveryPlan; request: ResendRequest }) {
  const out = leftOut(plan, request.chosen);
  const webhookId = request.filter.webhook_id;
  if (plan.count === 0) {
    return (
      <div className={css.plan}>
        <p>There is nothing to resend.</p>
        {out ? <p className={css.quiet}>Left out: {out}.</p> : null}
      </div>
    );
  }
  return (
    <div className={css.plan}>
      {webhookId ? <StillFailing webhookId={webhookId} count={plan.count} /> : null}
      <p>
        This will resend <strong>{deliveries(plan.count)}</strong> {request.which}.
      </p>
      <p>
        Oldest first, at most {plan.per_second} a second: it takes {takesAbout(plan)}.
      </p>
      {out ? <p className={css.quiet}>Left out: {out}.</p> : null}
      <p className={css.quiet}>Their system may get some events twice, each with the same event id.</p>
    </div>
  );
}

function useStart(onStarted: () => void) {
  const queryClient = useQueryClient();
  const { undo_ms: ms } = useMe().platform;
  return useMutation({
    mutationFn: runRecovery,
    onSuccess: (recovery) => {
      const { id } = recovery;
      queryClient.setQueryData(recoveryKeys.one(id), recovery);
      queryClient.setQueryData(recoveryKeys.running, (others: (typeof recovery)[] | undefined) => [
        recovery,
        ...(others ?? []),
      ]);
      offerUndo(`${deliveries(recovery.count)} will be sent again.`, {
        undo: async () => {
          await stopRecovery(id);
          await queryClient.invalidateQueries({ queryKey: recoveryKeys.all });
        },
        undone: 'Nothing was sent again.',
        keep: () => runRecovery(id),
        ms,
      });
      onStarted();
    },
  });
}
