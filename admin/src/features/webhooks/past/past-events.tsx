import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { pastPlanQuery } from '../../../api/recoveries';
import { useMe } from '../../../api/session';
import type { RecoveryPlan, Webhook } from '../../../api/types';
import { webhookName } from '../../../lib/webhook-name';
import { Ago } from '../../../ui/ago';
import { SegmentedControl } from '../../../ui/kit';
import { PlanForm } from '../../../ui/plan-form';
import { inDays, pastEvents, pastLeftOut, takes } from './past-words';
import css from './past.module.css';

const RANGES = [1, 7, 30];

interface PastEventsProps {
  webhook: Webhook;
  onClose: () => void;
}

/** Sends events from before a webhook existed or subscribed: shows the server's plan, then runs it. */
export function PastEvents({ webhook, onClose }: PastEventsProps) {
  const { retention_days: kept } = useMe().platform;
  const ranges = [...new Set(RANGES.map((days) => Math.min(days, kept)))];
  const [days, setDays] = useState(ranges[1] ?? kept);
  const plan = useQuery(pastPlanQuery(webhook.id, days));
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
      <PlanForm
        plan={plan}
        looking={{ label: 'Looking at what to send', failed: 'We could not look at what to send.', height: 168 }}
        send={(count) => `Send ${pastEvents(count)}`}
        started={{ title: (count) => `${pastEvents(count)} will be sent.`, undone: 'Nothing was sent.' }}
        onClose={onClose}
      >
        {(found) => <Preview webhook={webhook} plan={found} days={days} />}
      </PlanForm>
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
