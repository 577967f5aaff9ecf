import type { FastifyReply } from 'fastify';
import { AppError } from '../common/app-error.js';

/** An answer together with the version of the thing it shows. */
export interface Versioned<T> {
  version: number;
  body: T;
}

/** Names the version in the `ETag` header and passes the body on. */
export function withEtag<T>(reply: FastifyReply, { version, body }: Versioned<T>): T {
  reply.header('etag', `"${version}"`);
  return body;
}

/** Throws precondition_failed (412) when the caller's `If-Match` names other versions only. */
export function requireMatch(ifMatch: string | undefined, version: number): void {
  if (ifMatch === undefined || ifMatch.trim() === '*') return;
  // A compressing proxy makes our ETag weak on its way out (W/"3"), and clients send back what they got.
  const tags = ifMatch.split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  if (!tags.includes(`"${version}"`)) {
    throw new AppError(
      'precondition_failed',
      'Somebody changed this meanwhile. Load it again, then repeat the change.',
    );
  }
}
