import { existsSync, readFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import fastifyStatic from '@fastify/static';
import { Logger } from '@nestjs/common';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

const ADMIN_PATH = '/recruiter/api';

/** The route of every path that has no route of its own. */
export const FALLBACK = '/*';

/**
 * Serves the built admin app: every page listed in `pages.json` is index.html, which routes by path. Without a build
 * only the API is served.
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
      asksForJsonAlone(request) ? notFound(reply) : sendPage(request, reply),
    );
  }
  // In a browser the app shows its own "not found" page.
  fastify.get(FALLBACK, (request, reply) =>
    asksForPage(request) ? reply.code(404).sendFile('index.html') : notFound(reply),
  );
}

async function serveFiles(fastify: FastifyInstance, directory: string): Promise<void> {
  const assets = join(directory, 'assets') + sep;
  await fastify.register(fastifyStatic, {
    root: directory,
    // One route per file: a wildcard would catch the pages too.
    wildcard: false,
    // Found next to the requested file. 350 more routes would add a tenth to the time of a start.
    globIgnore: ['**/*.{br,gz}'],
    index: false,
    cacheControl: false,
    // The build compresses the files: a fifth of the bytes, without work per request.
    preCompressed: true,
    setHeaders: (reply, path) => {
      // Files in assets/ have a content hash in their name. All others must be revalidated after a release.
      const cache = path.startsWith(assets) ? 'public, max-age=31536000, immutable' : 'no-cache';
      reply.header('cache-control', cache);
      // The Guide in the form for programs.
      if (/\.md$|llms\.txt$/.test(path)) {
        reply.header('content-type', 'text/markdown; charset=utf-8').header('x-robots-tag', 'noindex');
      }
    },
  });
}

/**
 * The first request of the app, for the signed-in person, is preloaded along with its code: on a slow network that
 * saves the time that the code takes to start.
 */
function sendPage({ url, headers }: FastifyRequest, reply: FastifyReply): FastifyReply {
  if (url.startsWith(ADMIN_PATH) && headers.cookie?.includes('bpoc_session=')) {
    reply.header('link', '</api/me>; rel=preload; as=fetch; crossorigin');
  }
  return reply.header('x-robots-tag', 'noindex').sendFile('index.html');
}

function notFound(reply: FastifyReply): FastifyReply {
  reply.callNotFound();
  return reply;
}

/** Detects scripts that mistook the page for the API. Clients that accept anything (curl, monitors) get the page. */
function asksForJsonAlone({ headers: { accept = '' } }: FastifyRequest): boolean {
  const types = accept.split(',').map((type) => type.split(';')[0]!.trim());
  return types.every((type) => /^application\/([\w.-]+\+)?json$/i.test(type));
}

/** Whether this is browser navigation, as opposed to a script that wants JSON, or a missing image. */
function asksForPage({ url, headers }: FastifyRequest): boolean {
  const isApi = /^\/(api|health|metrics|inbox)(\/|\?|$)/.test(url);
  return !isApi && (headers.accept?.includes('text/html') ?? false);
}
