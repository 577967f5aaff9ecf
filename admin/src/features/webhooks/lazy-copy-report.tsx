import { lazy, Suspense } from 'react';
import { isTool } from '../../lib/failure-sentence';
import { Button } from '../../ui/kit';
import type { CopyReportProps } from './problem-report';

const CopyReport = lazy(() => import('./problem-report').then((module) => ({ default: module.CopyReport })));

/** The same after the first screen is there; until then as wide, and nothing to press. */
export function LazyCopyReport(props: CopyReportProps) {
  if (isTool(props.webhook.kind)) return null;
  return (
    <Suspense
      fallback={
        <Button size="xs" variant="default" component="span" aria-hidden>
          Copy details for developer
        </Button>
      }
    >
      <CopyReport {...props} />
    </Suspense>
  );
}
