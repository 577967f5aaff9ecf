import { useQuery } from '@tanstack/react-query';
import { pastPlanQuery } from '../../../api/recoveries';
import { useMe } from '../../../api/session';
import type { Webhook } from '../../../api/types';
import { deniedBecause } from '../../../lib/rights';
import { Button } from '../../../ui/kit';
import { inDays, pastEvents } from './past-words';
import css from './past.module.css';

const DAYS = 7;

/** After adding a webhook: offers to send past events. Empty if there are none. */
export function PastOffer({ webhook, onOpen }: { webhook: Webhook; onOpen: () => void }) {
  const me = useMe();
  const days = Math.min(DAYS, me.platform.retention_days);
  const allowed = deniedBecause(me, 'recoveries.run', 'send past events') === null;
  const plan = useQuery({ ...pastPlanQuery(webhook.id, days), enabled: allowed }).data;
  if (!plan || plan.count === 0) return null;
  return (
    <div className={css.offer}>
      <p>
        {pastEvents(plan.count)} happened in the last {inDays(days)}, before this webhook.
      </p>
      <Button variant="default" onClick={onOpen}>
        Send past events
      </Button>
    </div>
  );
}
