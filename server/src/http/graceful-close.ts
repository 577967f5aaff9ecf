import type { NestFastifyApplication } from '@nestjs/platform-fastify';

const IDLE_SWEEP_MS = 100;
/** Requests under way get this long after everything else has ended. */
const REQUEST_GRACE_MS = 3_000;

/**
 * Closes the application: requests under way are answered, kept-alive connections without a request are cut, and whoever is silent cannot
 * hold the process. (`app.close()` alone waits for every open socket; `forceCloseConnections` kills requests under way.)
 */
export async function closeGracefully(app: NestFastifyApplication): Promise<void> {
  const server = app.getHttpServer();
  let force: NodeJS.Timeout | undefined;
  const sweep = setInterval(() => {
    server.closeIdleConnections();
    // Only once the server no longer listens: until then the engine is finishing its deliveries.
    if (!server.listening) force ??= setTimeout(() => server.closeAllConnections(), REQUEST_GRACE_MS);
  }, IDLE_SWEEP_MS);
  try {
    await app.close();
  } finally {
    clearInterval(sweep);
    clearTimeout(force);
  }
}
