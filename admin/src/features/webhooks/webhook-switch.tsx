import { useId, useState } from 'react';
import { useMe } from '../../api/session';
import type { Webhook } from '../../api/types';
import { deniedBecause } from '../../lib/rights';
import { webhookName } from '../../lib/webhook-name';
import { DialogButtons } from '../../ui/dialog-buttons';
import { Button, Modal, Switch, Tooltip, VisuallyHidden } from '../../ui/kit';
import { useSetActive } from './use-set-active';

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
      <Modal opened={asking} onClose={() => setAsking(false)} title={`Turn off ${name}?`}>
        <p>New events will be marked Skipped. You can send them later, for 30 days.</p>
        <p>Deliveries that still wait or retry will stop.</p>
        <DialogButtons>
          <Button variant="default" onClick={() => setAsking(false)}>
            Keep it on
          </Button>
          <Button
            onClick={() => {
              setAsking(false);
              setActive.mutate(false);
            }}
          >
            Turn off
          </Button>
        </DialogButtons>
      </Modal>
    </>
  );
}
