import { lazy, Suspense } from 'react';
import type { Webhook } from '../../../api/types';

const TestDialog = lazy(() => import('./test-dialog').then((module) => ({ default: module.TestDialog })));

interface LazyTestDialogProps {
  /** The webhook to test; null shows nothing. */
  webhook: Webhook | null;
  onClose: () => void;
}

/** The test dialog, loaded when somebody first asks for it. */
export function LazyTestDialog({ webhook, onClose }: LazyTestDialogProps) {
  return <Suspense>{webhook ? <TestDialog webhook={webhook} onClose={onClose} /> : null}</Suspense>;
}
