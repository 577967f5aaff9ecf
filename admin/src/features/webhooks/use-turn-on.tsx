import { useQueryClient } from '@tanstack/react-query';
import { lazy, Suspense, useState, type ReactNode } from 'react';
import { deliveryCountsQuery } from '../../api/deliveries';
import { useMe } from '../../api/session';
import type { Webhook } from '../../api/types';
import { deniedBecause } from '../../lib/rights';
import { useSetActive } from './use-set-active';

const SkippedDialog = lazy(() => import('./skipped-dialog').then((module) => ({ default: module.SkippedDialog })));

export interface TurnOn {
  /** The sentence why this person may not, or null. */
  denied: string | null;
  busy: boolean;
  turnOn: () => void;
  turnOff: () => void;
  /** Asks what is to happen with what was missed; to be put on screen. */
  dialog: ReactNode;
}

/** Turns a webhook on and then offers what was skipped while it was off. */
export function useTurnOn(webhook: Webhook): TurnOn {
  const me = useMe();
  const queryClient = useQueryClient();
  const setActive = useSetActive(webhook);
  const [skipped, setSkipped] = useState<string | null>(null);

  /** An extra: when it cannot be counted, the list of deliveries still has them. */
  async function offerSkipped(): Promise<void> {
    if (deniedBecause(me, 'recoveries.run', '') !== null) return;
    const counts = await queryClient
      .fetchQuery({ ...deliveryCountsQuery({ webhook_id: webhook.id }), staleTime: 0 })
      .catch(() => null);
    if (!counts || counts.skipped.count === 0) return;
    setSkipped(`${counts.skipped.count.toLocaleString('en')}${counts.skipped.capped ? '+' : ''}`);
  }

  return {
    denied: deniedBecause(me, 'webhooks.write', 'turn webhooks on and off'),
    busy: setActive.isPending,
    turnOn: () => setActive.mutate(true, { onSuccess: () => void offerSkipped() }),
    turnOff: () => setActive.mutate(false),
    dialog: (
      <Suspense>
        {skipped ? <SkippedDialog webhook={webhook} count={skipped} onClose={() => setSkipped(null)} /> : null}
      </Suspense>
    ),
  };
}
