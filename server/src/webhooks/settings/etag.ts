import { hash } from 'node:crypto';
import type { FastifyReply } from 'fastify';
import { AppError } from '../../lib/app-error.js';

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

/**
 * For an answer that shows more than the thing itself: its `ETag` is `"<version>-<hash of the answer>"`. Answers 304
 * when `If-None-Match` names it (RFC 9110 §13.1.2); `If-Match` looks at the version alone.
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

/** Throws precondition_failed (412) when the caller's `If-Match` names other versions only. */
export function requireMatch(ifMatch: string | undefined, version: number): void {
  if (ifMatch === undefined || isAny(ifMatch)) return;
  const versions = tagsOf(ifMatch).map((tag) => /^"([0-9]+)(-[\w-]+)?"$/.exec(tag)?.[1]);
  if (!versions.includes(String(version))) {
    throw new AppError(
      'precondition_failed',
      'Somebody changed this meanwhile. Load it again, then repeat the change.',
    );
  }
}

const isAny = (header: string): boolean => header.trim() === '*';

/** A compressing proxy makes our ETag weak on its way out (W/"3"), and clients send back what they got. */
function tagsOf(header: string): string[] {
  return header.match(/"[^"]*"/g) ?? [];
}
