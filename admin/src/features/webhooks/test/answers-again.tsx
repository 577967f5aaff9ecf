import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { pendingDeliveries, deliveryCountsQuery, resendDelivery } from '../../../api/deliveries';
import { useMe } from '../../../api/session';
import type { DeliveryCounts, Webhook } from '../../../api/types';
import { webhookKeys } from '../../../api/webhooks';
import { deniedBecause } from '../../../lib/rights';
import { GuardedButton } from '../../../ui/guarded-button';
import { ProblemNote } from '../../../ui/states';
import { toast } from '../../../ui/toasts';
import { deliveriesChanged } from '../deliveries-changed';
import css from './test-panel.module.css';

export type TestedWebhook = Pick<Webhook, 'id' | 'kind' | 'updated_at' | 'url' | 'description' | 'health'>;

/** After a successful test on a failing webhook: offers to send pending deliveries now. Empty when none are pending. */
export function AnswersAgain({ webhook }: { webhook: TestedWebhook }) {
  const me = useMe();
  const queryClient = useQueryClient();
  const troubled = webhook.health === 'paused' || webhook.health === 'failing';
  const counts = useQuery({ ...deliveryCountsQuery({ webhook_id: webhook.id }), enabled: troubled }).data;
  const sending = useMutation({
    mutationFn: () => sendPending(webhook),
    onSuccess: async () => {
      toast('done', 'They are on their way.');
      await Promise.all([deliveriesChanged(queryClient), queryClient.invalidateQueries({ queryKey: webhookKeys.all })]);
    },
  });
  const pending = counts ? pendingIn(counts) : null;
  if (!troubled || pending === null || sending.isSuccess) return null;
  return (
    <div className={css.again}>
      <p>
        {pending.one
          ? 'It answers again. Send the 1 waiting delivery now?'
          : `It answers again. Send the ${pending.number} waiting deliveries now?`}
      </p>
      <div>
        <GuardedButton
          size="xs"
          denied={deniedBecause(me, 'deliveries.resend', 'resend')}
          loading={sending.isPending}
          onClick={() => sending.mutate()}
        >
          {pending.one ? 'Send it now' : 'Send them now'}
        </GuardedButton>
      </div>
      {sending.isError ? <ProblemNote error={sending.error} /> : null}
    </div>
  );
}

function pendingIn({ waiting, retrying }: DeliveryCounts): { number: string; one: boolean } | null {
  const count = waiting.count + retrying.count;
  if (count === 0) return null;
  return { number: `${count.toLocaleString('en')}${waiting.capped || retrying.capped ? '+' : ''}`, one: count === 1 };
}

/**
 * A paused webhook sends one at once, as the probe; if it succeeds, the others follow. A failing webhook that is not
 * paused gets each delivery that waits for its next try.
 */
async function sendPending(webhook: TestedWebhook): Promise<void> {
  const pending = await pendingDeliveries(webhook.id);
  const now = webhook.health === 'paused' ? pending.slice(-1) : pending;
  for (const { id } of now) await resendDelivery(id);
}
