import { lazy, Suspense, useId, useState } from 'react';
import { useMe } from '../../api/session';
import type { Webhook } from '../../api/types';
import { deniedBecause } from '../../lib/rights';
import { webhookName } from '../../lib/webhook-name';
import { Switch, Tooltip, VisuallyHidden } from '../../ui/kit';
import { useSetActive } from './use-set-active';

// Dialogs come when they are asked for: they are a tenth of the code of the list.
const TurnOffDialog = lazy(() => import('./turn-off-dialog').then((module) => ({ default: module.TurnOffDialog })));

/** On at a click; off asks once, because it changes what other systems get. */
export function WebhookSwitch({ webhook, withLabel = false }: { webhook: Webhook; withLabel?: boolean }) {
  const me = useMe();
  const denied = deniedBecause(me, 'webhooks.write', 'turn webhooks on and off');
  const setActive = useSetActive(webhook);
  const [asking, setAsking] = useState(false);
  const reasonId = useId();
  const name = webhookName(webhook);

  function flip(): void {
    if (denied !== null) return;
    if (webhook.is_active) setAsking(true);
    else setActive.mutate(true);
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
      </Suspense>
    </>
  );
}
