import type { FastifyInstance } from 'fastify';

/** An array of 500 events may be 8 MiB; the rest is room for headers of the parts and white space. */
export const BODY_LIMIT_BYTES = 8 * 1024 * 1024 + 64 * 1024;
/** Everything that is not an intake of events: a webhook is a few KiB. Parsing comes before the guard, so strangers can send this much; those without a service token not to an intake. */
const SMALL_BODY_LIMIT_BYTES = 1024 * 1024;
/** The test inbox takes what we send, which is at most this. */
const INBOX_BODY_LIMIT_BYTES = 256 * 1024;
const INBOX_PATH = '/inbox/';

/** JSON and nothing else: forms and text/plain are what another site can send without asking the browser first. */
export function acceptJsonOnly(fastify: FastifyInstance): void {
  fastify.removeAllContentTypeParsers();
  const parse = fastify.getDefaultJsonParser('error', 'error');
  fastify.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body: string, done) => {
    // Many clients send the header with every POST, also where there is nothing to say: validation then names what is missing.
    if (body === '') done(null, undefined);
    // The bytes that were signed, which parsing would lose.
    else if (request.url.startsWith(INBOX_PATH)) done(null, body);
    else void parse(request, body, done);
  });
  fastify.addHook('onRoute', (route) => {
    if (route.url.startsWith(INBOX_PATH)) route.bodyLimit = INBOX_BODY_LIMIT_BYTES;
    else if (!route.url.startsWith('/api/internal/')) route.bodyLimit ??= SMALL_BODY_LIMIT_BYTES;
  });
}
