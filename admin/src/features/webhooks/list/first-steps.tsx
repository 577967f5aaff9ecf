import { lazy, Suspense, useEffect } from 'react';
import type { Webhook } from '../../../api/types';

const Checklist = lazy(() => import('./checklist').then((module) => ({ default: module.Checklist })));

interface FirstStepsProps {
  webhooks: readonly Webhook[];
  agencyId: string;
}

/** The checklist of somebody who has just begun. Once a real delivery has succeeded it is gone for good, whatever fails later. */
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
