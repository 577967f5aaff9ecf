import { useQuery } from '@tanstack/react-query';
import { planRecovery } from '../../api/recoveries';
import type { RecoveryPlan } from '../../api/types';
import type { ResendRequest } from '../../lib/resend-request';
import { Modal } from '../../ui/modal';
import { PlanForm } from '../../ui/plan-form';
import { deliveries, leftOut, takesAbout } from './recovery-words';
import { StillFailing } from './still-failing';
import css from './recoveries.module.css';

interface ResendDialogProps {
  request: ResendRequest;
  onClose: () => void;
}

/** A bulk resend: shows the server's plan, then runs it. It starts after the time to undo it, in the bar. */
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
    // Opening it again makes a new plan.
    gcTime: 0,
  });
  return (
    <PlanForm
      plan={plan}
      looking={{ label: 'Checking what to resend', failed: 'We could not check what to resend.', height: 112 }}
      send={(count) => `Resend ${deliveries(count)}`}
      started={{ title: (count) => `${deliveries(count)} will be sent again.`, undone: 'Nothing was sent again.' }}
      onClose={onClose}
    >
      {(found) => <Plan plan={found} request={request} />}
    </PlanForm>
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
