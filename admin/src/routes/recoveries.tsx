import { lazy, Suspense, useEffect } from 'react';
import { RecoveryBar } from '../features/recoveries/recovery-bar';
import { askToResend, useResendRequest } from '../lib/resend-request';

const ResendDialog = lazy(() =>
  import('../features/recoveries/resend-dialog').then((module) => ({ default: module.ResendDialog })),
);

/** Bulk resends, for people who may start them: the dialog, and the bar of running ones. */
export function Recoveries() {
  const request = useResendRequest();
  // After signing out, no open question remains for the next person.
  useEffect(() => () => askToResend(null), []);
  return (
    <>
      <RecoveryBar />
      <Suspense>
        {request ? (
          <ResendDialog key={JSON.stringify(request.filter)} request={request} onClose={() => askToResend(null)} />
        ) : null}
      </Suspense>
    </>
  );
}
