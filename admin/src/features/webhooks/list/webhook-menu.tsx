import { useState } from 'react';
import { useMe } from '../../../api/session';
import type { Webhook } from '../../../api/types';
import { copyText } from '../../../lib/clipboard';
import { deniedBecause } from '../../../lib/rights';
import { webhookName } from '../../../lib/webhook-name';
import { IconCopy, IconDots, IconKey, IconNext, IconSend } from '../../../ui/icons';
import { ActionIcon, Menu } from '../../../ui/kit';
import { MenuLink } from '../../../ui/link';
import { toast } from '../../../ui/toasts';
import { LazyTestDialog } from '../test/lazy-test-dialog';

/** What can be done with a webhook without opening it. */
export function WebhookMenu({ webhook }: { webhook: Webhook }) {
  const me = useMe();
  const [testing, setTesting] = useState(false);
  const name = webhookName(webhook);
  const testDenied = deniedBecause(me, 'webhooks.test', 'send tests');

  async function copyAddress(): Promise<void> {
    const done = await copyText(webhook.url);
    toast(done ? 'done' : 'problem', done ? 'Address copied.' : 'Your browser did not let us copy.');
  }

  return (
    <>
      <Menu position="bottom-end" width={200}>
        <Menu.Target>
          <ActionIcon variant="subtle" color="gray" size={36} aria-label={`More for ${name}`}>
            <IconDots size={20} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          {testDenied === null ? (
            <Menu.Item leftSection={<IconSend />} onClick={() => setTesting(true)}>
              Send test
            </Menu.Item>
          ) : null}
          <MenuLink leftSection={<IconNext />} to="/recruiter/api/deliveries" search={{ webhook_id: webhook.id }}>
            See deliveries
          </MenuLink>
          <MenuLink leftSection={<IconKey />} to="/recruiter/api/webhooks/$id/settings" params={{ id: webhook.id }}>
            Settings
          </MenuLink>
          <Menu.Item leftSection={<IconCopy />} onClick={() => void copyAddress()}>
            Copy address
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <LazyTestDialog webhook={testing ? webhook : null} onClose={() => setTesting(false)} />
    </>
  );
}
