import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider, type RouterHistory } from '@tanstack/react-router';
import { useState } from 'react';
import { UiProvider } from '../ui/ui-provider';
import { createQueryClient } from './query-client';
import { createAppRouter } from './router';

interface AppProps {
  /** The browser's history by default, one in memory in tests. */
  history?: RouterHistory;
  env?: 'test';
}

export function App({ history, env }: AppProps) {
  const [{ queryClient, router }] = useState(() => createApp(history));
  return (
    <UiProvider {...(env ? { env } : {})}>
      <QueryClientProvider client={queryClient}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </UiProvider>
  );
}

function createApp(history: RouterHistory | undefined) {
  const queryClient = createQueryClient();
  return { queryClient, router: createAppRouter(queryClient, history) };
}
