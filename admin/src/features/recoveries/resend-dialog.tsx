import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { planRecovery, recoveryKeys, recoveryQuery, runRecovery } from '../../api/recoveries';
import type { RecoveryPlan } from '../../api/types';
import type { ResendRequest } from '../../lib/resend-request';
import { DialogButtons } from '../../ui/dialog-buttons';
import { Button } from '../../ui/kit';
import { Modal } from '../../ui/modal';
import { LoadError, LoadingRows, ProblemNote } from '../../ui/states';
import { Progress } from './progress';
import { deliveries, leftOut, takesAbout } from './recovery-words';
import { StillFailing } from './still-failing';
import { useStop } from './use-stop';
import css from './recoveries.module.css';

interface ResendDialogProps {
  request: ResendRequest;
  /** Called with the recovery whose progress is shown here; with null when it no longer is. */
  onShown: (id: string | null) => void;
  onClose: () => void;
}

/** A bulk resend in two steps: the server's own preview, then just that, and how it goes. Closing it stops nothing. */
export function ResendDialog({ request, onShown, onClose }: ResendDialogProps) {
  const [startedId, setStartedId] = useState<string | null>(null);
  useEffect(() => {
    if (startedId === null) return undefined;
    onShown(startedId);
    return () => onShown(null);
  }, [startedId, onShown]);
  return (
    <Modal opened onClose={onClose} title="Resend deliveries" size={560}>
      {startedId === null ? (
        <Preview request={request} onClose={onClose} onStarted={setStartedId} />
      ) : (
        <Started id={startedId} onClose={onClose} />
      )}
    </Modal>
  );
}

interface PreviewProps extends Pick<ResendDialogProps, 'request' | 'onClose'> {
  onStarted: (id: string) => void;
}

function Preview({ request, onClose, onStarted }: PreviewProps) {
  const plan = useQuery({
    queryKey: ['recoveries', 'plan', request.filter],
    queryFn: () => planRecovery(request.filter),
    staleTime: Infinity,
    // The next time is another look at the log.
    gcTime: 0,
  });
  const start = useStart(onStarted);
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

function useStart(onStarted: (id: string) => void) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: runRecovery,
    onSuccess: (recovery) => {
      queryClient.setQueryData(recoveryKeys.one(recovery.id), recovery);
      queryClient.setQueryData(recoveryKeys.running, (others: (typeof recovery)[] | undefined) => [
        recovery,
        ...(others ?? []),
      ]);
      onStarted(recovery.id);
    },
  });
}

function Started({ id, onClose }: { id: string; onClose: () => void }) {
  const recovery = useQuery(recoveryQuery(id)).data;
  const stop = useStop(id);
  if (!recovery) return null;
  const running = recovery.status === 'running';
  return (
    <>
      <div className={css.plan} role="status">
        <Progress recovery={recovery} />
        {running ? (
          <p className={css.quiet}>You can close this. It continues, and you can follow it on every screen.</p>
        ) : null}
      </div>
      <DialogButtons>
        {running ? (
          <Button variant="default" loading={stop.isPending} onClick={() => stop.mutate()}>
            Stop
          </Button>
        ) : null}
        <Button onClick={onClose}>Close</Button>
      </DialogButtons>
    </>
  );
}
