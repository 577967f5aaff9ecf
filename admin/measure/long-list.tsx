import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { createMemoryHistory, createRootRoute, createRouter, RouterProvider } from '@tanstack/react-router';
import { createRoot } from 'react-dom/client';
import { eventTypesQuery } from '../src/api/event-types';
import { READER } from '../src/api/reader';
import { meQuery } from '../src/api/session';
import type { Delivery } from '../src/api/types';
import { useSelection } from '../src/features/deliveries/list/use-selection';
import { VirtualTable } from '../src/features/deliveries/list/virtual-table';
import { UiProvider } from '../src/ui/ui-provider';

/** The list of deliveries with 100,000 made-up rows and no server: a browser test scrolls it. */
const ROWS = 100_000;
const STATUSES = ['delivered', 'retrying', 'failed', 'waiting'] as const;

function row(n: number): Delivery {
  const failed = n % 4 === 1 || n % 4 === 2;
  return {
    id: `d${n}`,
    webhook: {
      id: 'w1',
      kind: 'endpoint',
      url: 'https://hooks.example/bpoc',
      description: 'Payroll sync',
      is_active: true,
      deleted: false,
    },
    event_id: `e${n}`,
    event: 'application.created',
    test: false,
    about: null,
    subject: { kind: 'application', id: `A-${n}` },
    status: STATUSES[n % 4] ?? 'delivered',
    attempts: 1,
    response_status: failed ? 503 : 200,
    reason: failed ? 'down' : 'ok',
    duration_ms: n % 900,
    next_attempt_at: null,
    created_at: new Date(Date.UTC(2026, 0, 30) - n * 25_000).toISOString(),
    finished_at: null,
    delivered_in: null,
  };
}

const rows = Array.from({ length: ROWS }, (_, n) => row(n));

function List() {
  return <VirtualTable deliveries={rows} selection={useSelection(rows)} />;
}

const queryClient = new QueryClient();
queryClient.setQueryData(eventTypesQuery.queryKey, { groups: [], data: [] });
queryClient.setQueryData(meQuery.queryKey, { ...READER, role: 'owner', rights: ['deliveries.resend'] });
const router = createRouter({ routeTree: createRootRoute({ component: List }), history: createMemoryHistory() });
createRoot(document.getElementById('root')!).render(
  <UiProvider>
    <QueryClientProvider client={queryClient}>
      <RouterProvider router={router as never} />
    </QueryClientProvider>
  </UiProvider>,
);
