import { useQueryClient } from '@tanstack/react-query';
import { lazy, Suspense, useState, type ReactNode } from 'react';
import { deliveryCountsQuery } from '../../api/deliveries';
import { useMe } from '../../api/session';
import type { DeliveryCounts, Webhook } from '../../api/types';
import { setWebhookActive } from '../../api/webhooks';
import { deniedBecause } from '../../lib/rights';
import { webhookName } from '../../lib/webhook-name';
import { offerUndo, toast } from '../../ui/toasts';
import { useSetActive } from './use-set-active';

const SkippedDialog = lazy(() => import('./skipped-dialog').then((module) => ({ default: module.SkippedDialog })));

export interface TurnOn {
  /** Why this person is not allowed to, or null. */
  denied: string | null;
  busy: boolean;
  turnOn: () => void;
  turnOff: () => void;
  /** Asks what to do with missed deliveries; rendered by the caller. */
  dialog: ReactNode;
}

/** Turns a webhook on and then offers to send what was skipped. */
export function useTurnOn(webhook: Webhook): TurnOn {
  const me = useMe();
  const queryClient = useQueryClient();
  const setActive = useSetActive(webhook);
  const [skipped, setSkipped] = useState<string | null>(null);

  /** The question says that the webhook is on; without one, a toast does. */
  async function saysOn(): Promise<void> {
    const missed = await skippedCount();
    if (!missed || missed.count === 0) return toast('done', `${webhookName(webhook)} is on.`);
    setSkipped(`${missed.count.toLocaleString('en')}${missed.capped ? '+' : ''}`);
  }

  function saysOff(etag: string | null): void {
    const name = webhookName(webhook);
    offerUndo(`${name} is off.`, {
      undo: () => setActive.mutateAsync(true),
      undone: `${name} is on again.`,
      keep: () => setWebhookActive(webhook.id, false, etag),
      ms: me.platform.undo_ms,
    });
  }

  /** Optional: if counting fails, the list of deliveries still has them. */
  async function skippedCount(): Promise<DeliveryCounts['skipped'] | null> {
    if (deniedBecause(me, 'recoveries.run', '') !== null) return null;
    const counts = await queryClient
      .fetchQuery({ ...deliveryCountsQuery({ webhook_id: webhook.id }), staleTime: 0 })
      .catch(() => null);
    return counts?.skipped ?? null;
  }

  return {
    denied: deniedBecause(me, 'webhooks.write', 'turn webhooks on and off'),
    busy: setActive.isPending,
    turnOn: () => setActive.mutate(true, { onSuccess: () => void saysOn() }),
    turnOff: () => setActive.mutate(false, { onSuccess: saysOff }),
    dialog: (
      <Suspense>
        {skipped ? <SkippedDialog webhook={webhook} count={skipped} onClose={() => setSkipped(null)} /> : null}
      </Suspense>
    ),
  };
}
