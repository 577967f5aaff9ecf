import { QueryCache, QueryClient } from '@tanstack/react-query';
import { ConnectionLost, isStatus } from '../api/problem';
import { meQuery } from '../api/session';

/** A refusal is an answer and is shown at once; only a lost connection is worth asking again by ourselves. */
const TRIES_AFTER_CONNECTION_LOST = 2;

/** @param onSignedOut called when the server no longer knows this session while a screen was reading something. */
export function createQueryClient(onSignedOut: () => void): QueryClient {
  return new QueryClient({
    queryCache: new QueryCache({
      onError: (error, query) => {
        // Asking who one is may answer 401: the router then shows the sign-in by itself.
        if (isStatus(error, 401) && query.queryKey[0] !== meQuery.queryKey[0]) onSignedOut();
      },
    }),
    defaultOptions: {
      queries: {
        staleTime: 5_000,
        retry: (failures, error) => error instanceof ConnectionLost && failures < TRIES_AFTER_CONNECTION_LOST,
        retryDelay: 1_000,
        // Ask even when the browser believes it is offline: a server on this machine still answers, and else we say so.
        networkMode: 'always',
      },
      mutations: { networkMode: 'always', retry: false },
    },
  });
}
