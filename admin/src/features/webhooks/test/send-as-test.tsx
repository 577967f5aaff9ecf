import { useState } from 'react';
import { useMe } from '../../../api/session';
import type { TestEvent, Webhook } from '../../../api/types';
import { deniedBecause } from '../../../lib/rights';
import { webhookName } from '../../../lib/webhook-name';
import { GuardedButton } from '../../../ui/guarded-button';
import { IconDown, IconSend } from '../../../ui/icons';
import { Button, Menu } from '../../../ui/kit';
import { LazyTestDialog } from './lazy-test-dialog';

const LABEL = 'Send this as a test to';

/** Sends an event of one type with example data to a selected webhook. */
export function SendAsTest({ type, webhooks }: { type: string; webhooks: readonly Webhook[] }) {
  const me = useMe();
  const [testing, setTesting] = useState<Webhook | null>(null);
  const denied = deniedBecause(me, 'webhooks.test', 'send tests');
  if (denied !== null) {
    return (
      <GuardedButton size="xs" denied={denied} onClick={() => undefined}>
        {`${LABEL}…`}
      </GuardedButton>
    );
  }
  return (
    <>
      <Menu position="bottom-start" width={260}>
        <Menu.Target>
          <Button variant="default" size="xs" leftSection={<IconSend />} rightSection={<IconDown size={14} />}>
            {LABEL}
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          {webhooks.map((webhook) => (
            <Menu.Item key={webhook.id} onClick={() => setTesting(webhook)}>
              {webhookName(webhook)}
            </Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
      {/* The catalogue lists what the server can send as a test. */}
      <LazyTestDialog webhook={testing} event={type as TestEvent} onClose={() => setTesting(null)} />
    </>
  );
}
