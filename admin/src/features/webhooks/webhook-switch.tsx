import { lazy, Suspense, useId, useState } from 'react';
import type { Webhook } from '../../api/types';
import { webhookName } from '../../lib/webhook-name';
import { Switch, Tooltip, VisuallyHidden } from '../../ui/kit';
import { useTurnOn } from './use-turn-on';

// Dialogs are loaded on demand: they are a tenth of the list's code.
const TurnOffDialog = lazy(() => import('./turn-off-dialog').then((module) => ({ default: module.TurnOffDialog })));

/** Turns on at a click; asks before turning off, because that changes what other systems get. */
export function WebhookSwitch({ webhook, withLabel = false }: { webhook: Webhook; withLabel?: boolean }) {
  const power = useTurnOn(webhook);
  const { denied } = power;
  const [asking, setAsking] = useState(false);
  const reasonId = useId();
  const name = webhookName(webhook);

  function flip(): void {
    if (denied !== null) return;
    if (webhook.is_active) setAsking(true);
    else power.turnOn();
  }

  const control = (
    <Switch
      checked={webhook.is_active}
      onChange={flip}
      aria-label={`${name} is ${webhook.is_active ? 'on' : 'off'}`}
      aria-disabled={denied !== null}
      aria-describedby={denied === null ? undefined : reasonId}
      label={withLabel ? (webhook.is_active ? 'On' : 'Off') : undefined}
      size="sm"
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
            webhookId={webhook.id}
            name={name}
            onKeep={() => setAsking(false)}
            onTurnOff={() => {
              setAsking(false);
              power.turnOff();
            }}
          />
        ) : null}
      </Suspense>
      {power.dialog}
    </>
  );
}
