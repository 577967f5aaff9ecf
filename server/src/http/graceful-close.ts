import type { NestFastifyApplication } from '@nestjs/platform-fastify';

const IDLE_SWEEP_MS = 100;
/** For requests in progress, counted from when everything else has ended. */
const REQUEST_GRACE_MS = 3_000;

/**
 * Finishes requests in progress and closes idle connections. (`app.close()` alone waits for every open socket, and with
 * `forceCloseConnections` it kills requests in progress.)
 */
export async function closeGracefully(app: NestFastifyApplication): Promise<void> {
  const server = app.getHttpServer();
  let force: NodeJS.Timeout | undefined;
  const sweep = setInterval(() => {
    server.closeIdleConnections();
    // While the server still listens, the engine is finishing its deliveries.
    if (!server.listening) force ??= setTimeout(() => server.closeAllConnections(), REQUEST_GRACE_MS);
  }, IDLE_SWEEP_MS);
  try {
    await app.close();
  } finally {
    clearInterval(sweep);
    clearTimeout(force);
  }
}
