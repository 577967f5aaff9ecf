import { useQueryClient } from '@tanstack/react-query';
import { lazy, Suspense, useId, useState } from 'react';
import { deliveryCountsQuery } from '../../api/deliveries';
import { useMe } from '../../api/session';
import type { Webhook } from '../../api/types';
import { deniedBecause } from '../../lib/rights';
import { webhookName } from '../../lib/webhook-name';
import { Switch, Tooltip, VisuallyHidden } from '../../ui/kit';
import { useSetActive } from './use-set-active';

// Dialogs come when they are asked for: they are a tenth of the code of the list.
const TurnOffDialog = lazy(() => import('./turn-off-dialog').then((module) => ({ default: module.TurnOffDialog })));

const SkippedDialog = lazy(() => import('./skipped-dialog').then((module) => ({ default: module.SkippedDialog })));

/** On at a click; off asks once, because it changes what other systems get. */
export function WebhookSwitch({ webhook, withLabel = false }: { webhook: Webhook; withLabel?: boolean }) {
  const me = useMe();
  const denied = deniedBecause(me, 'webhooks.write', 'turn webhooks on and off');
  const setActive = useSetActive(webhook);
  const [asking, setAsking] = useState(false);
  const [skipped, setSkipped] = useState<string | null>(null);
  const queryClient = useQueryClient();
  const reasonId = useId();
  const name = webhookName(webhook);

  function flip(): void {
    if (denied !== null) return;
    if (webhook.is_active) setAsking(true);
    else setActive.mutate(true, { onSuccess: () => void offerSkipped() });
  }

  /** An extra: when it cannot be counted, the list of deliveries still has them. */
  async function offerSkipped(): Promise<void> {
    if (deniedBecause(me, 'recoveries.run', '') !== null) return;
    const counts = await queryClient
      .fetchQuery({ ...deliveryCountsQuery({ webhook_id: webhook.id }), staleTime: 0 })
      .catch(() => null);
    if (!counts || counts.skipped.count === 0) return;
    setSkipped(`${counts.skipped.count.toLocaleString('en')}${counts.skipped.capped ? '+' : ''}`);
  }

  const control = (
    <Switch
      checked={webhook.is_active}
      onChange={flip}
      aria-label={`${name} is ${webhook.is_active ? 'on' : 'off'}`}
      aria-disabled={denied !== null}
      aria-describedby={denied === null ? undefined : reasonId}
      label={withLabel ? (webhook.is_active ? 'On' : 'Off') : undefined}
      size="md"
      withThumbIndicator={false}
    />
  );
  return (
    <>
      {denied === null ? (
        control
      ) : (
        <Tooltip label={denied}>
          <span>{control}</span>
        </Tooltip>
      )}
      {denied === null ? null : <VisuallyHidden id={reasonId}>{denied}</VisuallyHidden>}
      <Suspense>
        {asking ? (
          <TurnOffDialog
            name={name}
            onKeep={() => setAsking(false)}
            onTurnOff={() => {
              setAsking(false);
              setActive.mutate(false);
            }}
          />
        ) : null}
        {skipped ? <SkippedDialog webhook={webhook} count={skipped} onClose={() => setSkipped(null)} /> : null}
      </Suspense>
    </>
  );
}
