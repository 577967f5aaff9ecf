import { QueryClientProvider } from '@tanstack/react-query';
import { createMemoryHistory, RouterProvider } from '@tanstack/react-router';
import { renderToStaticMarkup } from 'react-dom/server';
import { eventTypesQuery } from '../api/event-types';
import { READER } from '../api/reader';
import { meQuery } from '../api/session';
import type { EventTypeList } from '../api/types';
import { AllLanguages } from '../features/guide/language';
import { UiProvider } from '../ui/ui-provider';
import { createQueryClient } from './query-client';
import { createAppRouter } from './router';

/** A page of the Guide as HTML, which the build converts to Markdown. */
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
