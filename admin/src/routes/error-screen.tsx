import { useRouter, type ErrorComponentProps } from '@tanstack/react-router';
import { Page } from '../ui/page';
import { LoadError } from '../ui/states';

/** Shown when a screen cannot start: its code or the session could not be loaded, or it has a bug. */
export function ErrorScreen({ error, reset }: ErrorComponentProps) {
  const router = useRouter();
  return (
    <main id="content">
      <Page title="This page did not load">
        <LoadError
          error={error}
          onRetry={() => {
            reset();
            void router.invalidate();
          }}
        />
      </Page>
    </main>
  );
}
