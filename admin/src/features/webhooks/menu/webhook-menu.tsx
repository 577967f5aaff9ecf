import { lazy, Suspense, useState } from 'react';
import { useMe } from '../../../api/session';
import type { Webhook } from '../../../api/types';
import { adminsLine } from '../../../copy';
import { copyText } from '../../../lib/clipboard';
import { deniedBecause, type Right } from '../../../lib/rights';
import { webhookName } from '../../../lib/webhook-name';
import { GuardedItem } from '../../../ui/guarded-item';
import { IconCopy, IconDots, IconKey, IconNext, IconPencil, IconRetry, IconSend, IconTrash } from '../../../ui/icons';
import { ActionIcon, Menu } from '../../../ui/kit';
import { MenuLink } from '../../../ui/menu-link';
import { toast } from '../../../ui/toasts';
import type { MenuAction } from './menu-dialog';

// Rarely used, and not needed to show a list.
const MenuDialog = lazy(() => import('./menu-dialog').then((module) => ({ default: module.MenuDialog })));

/**
 * Actions on a webhook without opening it. Those that the person is not allowed to use are disabled, with the reason.
 */
export function WebhookMenu({ webhook }: { webhook: Webhook }) {
  const me = useMe();
  const { url } = webhook;
  const [doing, setDoing] = useState<MenuAction | null>(null);
  // Who can help is named once, below.
  const denied = (right: Right, action: string) => deniedBecause({ ...me, admins: [] }, right, action);
  const change = denied('webhooks.write', 'change webhooks');

  async function copyAddress(url: string): Promise<void> {
    const done = await copyText(url);
    toast(done ? 'done' : 'problem', done ? 'Address copied.' : 'Your browser blocked copying.');
  }

  return (
    <>
      <Menu position="bottom-end" width={230}>
        <Menu.Target>
          <ActionIcon variant="subtle" color="gray" size={36} aria-label={`More for ${webhookName(webhook)}`}>
            <IconDots size={20} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <GuardedItem
            denied={denied('webhooks.test', 'send tests')}
            leftSection={<IconSend />}
            onClick={() => setDoing('test')}
          >
            Send test
          </GuardedItem>
          <MenuLink leftSection={<IconNext />} to="/recruiter/api/deliveries" search={{ webhook_id: webhook.id }}>
            See deliveries
          </MenuLink>
          <GuardedItem
            denied={denied('recoveries.run', 'send past events')}
            leftSection={<IconRetry />}
            onClick={() => setDoing('past')}
          >
            Send past events
          </GuardedItem>
          {change === null ? (
            <MenuLink
              leftSection={<IconPencil />}
              to="/recruiter/api/webhooks/$id/settings"
              params={{ id: webhook.id }}
            >
              Edit
            </MenuLink>
          ) : (
            <GuardedItem denied={change} leftSection={<IconPencil />} onClick={() => undefined}>
              Edit
            </GuardedItem>
          )}
          <GuardedItem
            denied={denied('secrets.write', 'change secrets')}
            leftSection={<IconKey />}
            onClick={() => setDoing('secret')}
          >
            Rotate secret
          </GuardedItem>
          {url === null ? null : (
            <Menu.Item leftSection={<IconCopy />} onClick={() => void copyAddress(url)}>
              Copy address
            </Menu.Item>
          )}
          <Menu.Divider />
          <GuardedItem
            denied={change}
            leftSection={<IconTrash />}
            color="var(--bad)"
            onClick={() => setDoing('delete')}
          >
            Delete
          </GuardedItem>
          {change === null ? null : <Menu.Label>{adminsLine(me.admins)}</Menu.Label>}
        </Menu.Dropdown>
      </Menu>
      <Suspense>
        {doing ? <MenuDialog action={doing} webhook={webhook} onClose={() => setDoing(null)} /> : null}
      </Suspense>
    </>
  );
}
