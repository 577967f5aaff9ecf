import { lazy, Suspense } from 'react';
import type { Webhook } from '../../../api/types';
import { IconDots } from '../../../ui/icons';
import { ActionIcon } from '../../../ui/kit';

const WebhookMenu = lazy(() => import('./webhook-menu').then((module) => ({ default: module.WebhookMenu })));

/** Menus are a twentieth of the code of the first screen, and nobody opens one before it is painted. Their dots are there before. */
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
