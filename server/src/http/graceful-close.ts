import type { NestFastifyApplication } from '@nestjs/platform-fastify';

const IDLE_SWEEP_MS = 100;
/** For requests in progress, counted from the end of everything else. */
const REQUEST_GRACE_MS = 3_000;

/**
 * Finishes requests in progress, closes idle connections, and does not wait for silent ones. (`app.close()` alone waits
 * for every open socket; `forceCloseConnections` kills requests in progress.)
 */
export async function closeGracefully(app: NestFastifyApplication): Promise<void> {
  const server = app.getHttpServer();
  let force: NodeJS.Timeout | undefined;
  const sweep = setInterval(() => {
    server.closeIdleConnections();
    // Until the server stops listening the engine is still finishing its deliveries.
    if (!server.listening) force ??= setTimeout(() => server.closeAllConnections(), REQUEST_GRACE_MS);
  }, IDLE_SWEEP_MS);
  try {
    await app.close();
  } finally {
    clearInterval(sweep);
    clearTimeout(force);
  }
}
