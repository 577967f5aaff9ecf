import { QueryClient } from '@tanstack/react-query';
import { ConnectionLost } from '../api/problem';

/** A refusal is a response and is shown at once; only a lost connection is retried. */
const TRIES_AFTER_CONNECTION_LOST = 2;

export function createQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 5_000,
        retry: (failures, error) => error instanceof ConnectionLost && failures < TRIES_AFTER_CONNECTION_LOST,
        retryDelay: 1_000,
        // Try even when the browser believes it is offline: a local server still answers.
        networkMode: 'always',
      },
      mutations: { networkMode: 'always', retry: false },
    },
  });
}
