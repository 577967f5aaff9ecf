import { hash } from 'node:crypto';
import type { FastifyReply } from 'fastify';
import { AppError } from '../../lib/app-error.js';

/** A response body and the version of the resource. */
export interface Versioned<T> {
  version: number;
  body: T;
}

/** Sets the `ETag` header and returns the body. */
export function withEtag<T>(reply: FastifyReply, { version, body }: Versioned<T>): T {
  reply.header('etag', `"${version}"`);
  return body;
}

/**
 * For a response with more than the versioned resource: its `ETag` is `"<version>-<hash of the body>"`. Responds 304
 * when `If-None-Match` has it (RFC 9110 §13.1.2); `If-Match` compares the version only.
 */
export function withAnswerEtag<T>(
  reply: FastifyReply,
  { version, body }: Versioned<T>,
  ifNoneMatch: string | undefined,
): T | undefined {
  const etag = `"${version}-${hash('sha1', JSON.stringify(body), 'base64url')}"`;
  reply.header('etag', etag);
  if (ifNoneMatch === undefined || !(isAny(ifNoneMatch) || tagsOf(ifNoneMatch).includes(etag))) return body;
  reply.code(304);
  return undefined;
}

/** Throws AppError precondition_failed unless `If-Match` is absent, `*` or has the version. */
export function requireMatch(ifMatch: string | undefined, version: number): void {
  if (ifMatch === undefined || isAny(ifMatch)) return;
  const versions = tagsOf(ifMatch).map((tag) => /^"([0-9]+)(-[\w-]+)?"$/.exec(tag)?.[1]);
  if (!versions.includes(String(version))) {
    throw new AppError(
      'precondition_failed',
      'This was changed in the meantime. Load it again, then repeat the change.',
    );
  }
}

const isAny = (header: string): boolean => header.trim() === '*';

/** Includes weak tags: a compressing proxy turns our ETag into W/"3", and clients send that back. */
function tagsOf(header: string): string[] {
  return header.match(/"[^"]*"/g) ?? [];
}
