import { useMutation, useQueryClient, type UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { recoveryKeys, runRecovery, stopRecovery } from '../api/recoveries';
import { useMe } from '../api/session';
import type { Recovery, RecoveryPlan } from '../api/types';
import { DialogButtons } from './dialog-buttons';
import { Button } from './kit';
import { LoadError, LoadingRows, ProblemNote } from './states';
import { offerUndo } from './toasts';

interface PlanFormProps {
  plan: UseQueryResult<RecoveryPlan>;
  /** The texts while the plan is made and if that fails. */
  looking: { label: string; failed: string; height: number };
  /** E.g. "Resend 12 deliveries". */
  send: (count: number) => string;
  /** The messages once it is started and if it is undone. */
  started: { title: (count: number) => string; undone: string };
  onClose: () => void;
  /** What the plan would do. */
  children: (plan: RecoveryPlan) => ReactNode;
}

/** Shows the server's plan of what would be sent, then runs it. It starts after the time to undo it, in the bar. */
export function PlanForm({ plan, looking, send, started, onClose, children }: PlanFormProps) {
  const start = useStart(started, onClose);
  const nothing = plan.data?.count === 0;
  return (
    <>
      {plan.data ? (
        children(plan.data)
      ) : plan.isError ? (
        <LoadError error={plan.error} onRetry={() => void plan.refetch()} title={looking.failed} />
      ) : (
        <LoadingRows rows={1} height={looking.height} label={looking.label} />
      )}
      {start.isError ? <ProblemNote error={start.error} /> : null}
      <DialogButtons onLeave={onClose} leave={nothing ? 'Close' : 'Cancel'}>
        {plan.data && !nothing ? (
          <Button loading={start.isPending} onClick={() => start.mutate(plan.data.plan_id)}>
            {send(plan.data.count)}
          </Button>
        ) : null}
      </DialogButtons>
    </>
  );
}

function useStart({ title, undone }: PlanFormProps['started'], onStarted: () => void) {
  const queryClient = useQueryClient();
  const { undo_ms: ms } = useMe().platform;
  return useMutation({
    mutationFn: runRecovery,
    onSuccess: (recovery) => {
      const { id, count } = recovery;
      queryClient.setQueryData(recoveryKeys.one(id), recovery);
      queryClient.setQueryData(recoveryKeys.running, (others: Recovery[] | undefined) => [recovery, ...(others ?? [])]);
      offerUndo(title(count), {
        undo: async () => {
          await stopRecovery(id);
          await queryClient.invalidateQueries({ queryKey: recoveryKeys.all });
        },
        undone,
        keep: () => runRecovery(id),
        ms,
      });
      onStarted();
    },
  });
}
