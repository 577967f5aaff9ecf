import { lazy, Suspense } from 'react';
import type { Webhook } from '../../../api/types';

const WebhookMenu = lazy(() => import('./webhook-menu').then((module) => ({ default: module.WebhookMenu })));

/** Menus are a twentieth of the code of the first screen, and nobody opens one before it is painted. Their place is kept. */
export function LazyWebhookMenu({ webhook }: { webhook: Webhook }) {
  return (
    <Suspense fallback={<span style={{ width: 36, height: 36 }} />}>
      <WebhookMenu webhook={webhook} />
    </Suspense>
  );
}
