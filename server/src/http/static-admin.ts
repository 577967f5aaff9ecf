import { existsSync, readFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import fastifyStatic from '@fastify/static';
import { Logger } from '@nestjs/common';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

/** Where the recruiters' pages begin. */
export const ADMIN_PATH = '/recruiter/api';

/** Catches what no other route does. */
const REST = '/*';
export const isFallback = (url: string): boolean => url === REST;

/**
 * Serves the built admin app; every page of it (`pages.json` lists them) is index.html, which finds its way by the
 * path. Without a build the API works alone.
 */
export async function serveAdmin(fastify: FastifyInstance, directory: string): Promise<void> {
  if (!existsSync(join(directory, 'index.html'))) {
    new Logger('Http').warn(`The admin app is not built, only the API is served (no ${join(directory, 'index.html')})`);
    return;
  }
  await serveFiles(fastify, directory);
  fastify.get('/', (_request, reply) => reply.redirect(ADMIN_PATH));
  const pages = JSON.parse(readFileSync(join(directory, 'pages.json'), 'utf8')) as string[];
  for (const page of pages.flatMap((path) => [path, `${path}/`])) {
    fastify.get(page.replaceAll('$', ':'), (request, reply) =>
      asksForJsonAlone(request) ? notFound(reply) : reply.sendFile('index.html'),
    );
  }
  // For a person the app says in its own words that there is no such page.
  fastify.get(REST, (request, reply) =>
    asksForPage(request) ? reply.code(404).sendFile('index.html') : notFound(reply),
  );
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

function notFound(reply: FastifyReply): FastifyReply {
  reply.callNotFound();
  return reply;
}

/**
 * A script that took the page for the API. Whoever takes anything (curl, monitors, previews of links) gets the page.
 */
function asksForJsonAlone({ headers: { accept = '' } }: FastifyRequest): boolean {
  const types = accept.split(',').map((type) => type.split(';')[0]!.trim());
  return types.every((type) => /^application\/([\w.-]+\+)?json$/i.test(type));
}

/** A person's browser that opens an address: nor a script asking for JSON, nor a picture that is not there. */
function asksForPage({ url, headers }: FastifyRequest): boolean {
  const isApi = /^\/(api|health|metrics|inbox)(\/|\?|$)/.test(url);
  return !isApi && (headers.accept?.includes('text/html') ?? false);
}
