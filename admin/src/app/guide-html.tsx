import { QueryClientProvider } from '@tanstack/react-query';
import { createMemoryHistory, RouterProvider } from '@tanstack/react-router';
import { renderToStaticMarkup } from 'react-dom/server';
import { eventTypesQuery } from '../api/event-types';
import { meQuery } from '../api/session';
import type { EventTypeList, Me } from '../api/types';
import { AllLanguages } from '../features/guide/language';
import { UiProvider } from '../ui/ui-provider';
import { createQueryClient } from './query-client';
import { createAppRouter } from './router';

/** Who reads the Guide without signing in; the figures are those of an installation without settings. */
const READER: Me = {
  kind: 'user',
  id: '',
  name: '',
  email: null,
  role: 'viewer',
  agency: { id: '', name: '' },
  rights: [],
  digest: null,
  admins: [],
  platform: {
    retention_days: 30,
    max_event_bytes: 262_144,
    answer_within_ms: 10_000,
    parallel_requests: 10,
    delay_scale: 1,
    undo_ms: 0,
    sends_from: [],
    record_urls: null,
  },
};

/** A page of the Guide as the app shows it, as HTML. For the build, which makes its Markdown. */
export async function guideHtml(path: string, catalogue: EventTypeList): Promise<string> {
  const queryClient = createQueryClient();
  queryClient.setQueryData(meQuery.queryKey, READER);
  queryClient.setQueryData(eventTypesQuery.queryKey, catalogue);
  const router = createAppRouter(queryClient, createMemoryHistory({ initialEntries: [path] }));
  await router.load();
  return renderToStaticMarkup(
    <UiProvider env="test">
      <QueryClientProvider client={queryClient}>
        <AllLanguages value>
          <RouterProvider router={router} />
        </AllLanguages>
      </QueryClientProvider>
    </UiProvider>,
  );
}
