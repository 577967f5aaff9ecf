import { lazy, Suspense } from 'react';
import type { TestEvent, Webhook } from '../../../api/types';

const TestDialog = lazy(() => import('./test-dialog').then((module) => ({ default: module.TestDialog })));

interface LazyTestDialogProps {
  /** The webhook to test; null shows nothing. */
  webhook: Webhook | null;
  event?: TestEvent;
  onClose: () => void;
}

/** The test dialog, loaded on first use. */
export function LazyTestDialog({ webhook, event, onClose }: LazyTestDialogProps) {
  return <Suspense>{webhook ? <TestDialog webhook={webhook} event={event} onClose={onClose} /> : null}</Suspense>;
}
