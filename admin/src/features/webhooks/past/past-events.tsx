import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { pastPlanQuery, recoveryKeys, runRecovery, stopRecovery } from '../../../api/recoveries';
import { useMe } from '../../../api/session';
import type { Recovery, RecoveryPlan, Webhook } from '../../../api/types';
import { webhookName } from '../../../lib/webhook-name';
import { Ago } from '../../../ui/ago';
import { DialogButtons } from '../../../ui/dialog-buttons';
import { Button, SegmentedControl } from '../../../ui/kit';
import { LoadError, LoadingRows, ProblemNote } from '../../../ui/states';
import { offerUndo } from '../../../ui/toasts';
import { inDays, pastEvents, pastLeftOut, takes } from './past-words';
import css from './past.module.css';

const RANGES = [1, 7, 30];

interface PastEventsProps {
  webhook: Webhook;
  onClose: () => void;
}

/** What happened before a webhook existed, or subscribed: the server's own preview, then just that. */
export function PastEvents({ webhook, onClose }: PastEventsProps) {
  const { retention_days: kept } = useMe().platform;
  const ranges = [...new Set(RANGES.map((days) => Math.min(days, kept)))];
  const [days, setDays] = useState(ranges[1] ?? kept);
  const plan = useQuery(pastPlanQuery(webhook.id, days));
  const start = useStart(onClose);
  const nothing = plan.data?.count === 0;
  return (
    <div className={css.past}>
      {ranges.length > 1 ? (
        <SegmentedControl
          aria-label="How far back"
          value={String(days)}
          onChange={(value) => setDays(Number(value))}
          data={ranges.map((range) => ({ value: String(range), label: inDays(range) }))}
        />
      ) : null}
      {plan.data ? (
        <Preview webhook={webhook} plan={plan.data} days={days} />
      ) : plan.isError ? (
        <LoadError error={plan.error} onRetry={() => void plan.refetch()} title="We could not look at what to send." />
      ) : (
        <LoadingRows rows={1} height={168} label="Looking at what to send" />
      )}
      {start.isError ? <ProblemNote error={start.error} /> : null}
      <DialogButtons>
        <Button variant="default" onClick={onClose}>
          {nothing ? 'Close' : 'Cancel'}
        </Button>
        {plan.data && !nothing ? (
          <Button loading={start.isPending} onClick={() => start.mutate(plan.data.plan_id)}>
            Send {pastEvents(plan.data.count)}
          </Button>
        ) : null}
      </DialogButtons>
    </div>
  );
}

function Preview({ webhook, plan, days }: { webhook: Webhook; plan: RecoveryPlan; days: number }) {
  const name = webhookName(webhook);
  const out = pastLeftOut(plan);
  const left = out ? <p className={css.quiet}>Left out: {out}.</p> : null;
  if (plan.count === 0) {
    return (
      <div className={css.past}>
        <p>
          There is nothing in the last {inDays(days)} that {name} can still get.
        </p>
        {left}
      </div>
    );
  }
  return (
    <div className={css.past}>
      <p>
        {name} gets <strong>{pastEvents(plan.count)}</strong> of the last {inDays(days)}, oldest first. It takes{' '}
        {takes(plan)}.
      </p>
      <ul className={css.list} aria-label="The first of them">
        {plan.first.map(({ id, type, about, accepted_at }) => (
          <li key={id}>
            <span className={css.what}>{about?.sentence ?? type}</span>
            <Ago iso={accepted_at} light />
          </li>
        ))}
      </ul>
      {left}
      <p className={css.quiet}>Each arrives with the time it happened, and never a second time.</p>
    </div>
  );
}

/** It begins after the time to undo it, and goes on in the bar of what is under way. */
function useStart(onStarted: () => void) {
  const queryClient = useQueryClient();
  const { undo_ms: ms } = useMe().platform;
  return useMutation({
    mutationFn: runRecovery,
    onSuccess: (recovery) => {
      queryClient.setQueryData(recoveryKeys.one(recovery.id), recovery);
      queryClient.setQueryData(recoveryKeys.running, (others: Recovery[] | undefined) => [recovery, ...(others ?? [])]);
      offerUndo(`${pastEvents(recovery.count)} will be sent.`, {
        undo: async () => {
          await stopRecovery(recovery.id);
          await queryClient.invalidateQueries({ queryKey: recoveryKeys.all });
        },
        undone: 'Nothing was sent.',
        keep: () => runRecovery(recovery.id),
        ms,
      });
      onStarted();
    },
  });
}
