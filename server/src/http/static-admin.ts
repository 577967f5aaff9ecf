import { existsSync } from 'node:fs';
import { join, sep } from 'node:path';
import fastifyStatic from '@fastify/static';
import { Logger } from '@nestjs/common';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

/** Where the recruiters' pages begin. */
export const ADMIN_PATH = '/recruiter/api';

/** Serves the built admin app; every page of it is index.html, which finds its way by the path. Without a build the API works alone. */
export async function serveAdmin(fastify: FastifyInstance, directory: string): Promise<void> {
  const built = existsSync(join(directory, 'index.html'));
  if (built) await serveFiles(fastify, directory);
  else
    new Logger('Http').warn(`The admin app is not built, only the API is served (no ${join(directory, 'index.html')})`);
  fastify.get('/', (_request, reply) => reply.redirect(ADMIN_PATH));
  fastify.get('/*', (request, reply) => sendPage(request, reply, built));
}

async function serveFiles(fastify: FastifyInstance, directory: string): Promise<void> {
  const assets = join(directory, 'assets') + sep;
  await fastify.register(fastifyStatic, {
    root: directory,
    // One route per file: a wildcard would swallow the pages.
    wildcard: false,
    index: false,
    cacheControl: false,
    // The build has put them beside the files: a fifth of the bytes, and no work for us at each request.
    preCompressed: true,
    setHeaders: (reply, path) => {
      // Files in assets/ carry a hash of their content in the name; the rest must be asked for again after a release.
      const cache = path.startsWith(assets) ? 'public, max-age=31536000, immutable' : 'no-cache';
      reply.header('cache-control', cache);
    },
  });
}

function sendPage(request: FastifyRequest, reply: FastifyReply, built: boolean): FastifyReply {
  if (!built || !wantsPage(request)) {
    reply.callNotFound();
    return reply;
  }
  return reply.sendFile('index.html');
}

/** A person's browser that opens a page: not a script asking for JSON, nor a picture that is not there. */
function wantsPage({ url, headers }: FastifyRequest): boolean {
  const isApi = /^\/(api|health|metrics|inbox)(\/|\?|$)/.test(url);
  return !isApi && (headers.accept?.includes('text/html') ?? false);
}
