import { lazy, Suspense, useEffect } from 'react';
import type { Webhook } from '../../../api/types';

const Checklist = lazy(() => import('./checklist').then((module) => ({ default: module.Checklist })));

interface FirstStepsProps {
  webhooks: readonly Webhook[];
  agencyId: string;
}

/** The checklist for new users. After the first real delivery it never comes back, whatever fails later. */
export function FirstSteps({ webhooks, agencyId }: FirstStepsProps) {
  const key = `bpoc-started-${agencyId}`;
  const works = webhooks.some(
    ({ last_24h, last_delivery }) => last_24h.delivered > 0 || last_delivery?.reason === 'ok',
  );
  useEffect(() => {
    if (works) localStorage.setItem(key, 'yes');
  }, [works, key]);
  if (works || localStorage.getItem(key) !== null) return null;
  return (
    <Suspense>
      <Checklist webhooks={webhooks} />
    </Suspense>
  );
}
