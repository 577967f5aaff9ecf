import type { FastifyInstance } from 'fastify';

interface SecurityTxt {
  /** URIs, the preferred one first; empty: 404. */
  contacts: readonly string[];
  publicUrl: string | null;
}

const PATH = '/.well-known/security.txt';
const VALID_MS = 90 * 86_400_000;

/**
 * Says where to report vulnerabilities (RFC 9116). The contacts are settings of the running server and so always
 * current: the expiry is counted from the request.
 */
export function serveSecurityTxt(fastify: FastifyInstance, { contacts, publicUrl }: SecurityTxt): void {
  fastify.get(PATH, (_request, reply) => {
    if (contacts.length === 0) {
      reply.callNotFound();
      return reply;
    }
    const lines = [
      ...contacts.map((contact) => `Contact: ${contact}`),
      `Expires: ${new Date(Date.now() + VALID_MS).toISOString()}`,
      'Preferred-Languages: en',
      // Web addresses in the file must be https (2.5.2).
      ...(publicUrl?.startsWith('https:') ? [`Canonical: ${publicUrl}${PATH}`] : []),
    ];
    return reply.type('text/plain; charset=utf-8').send(`${lines.join('\n')}\n`);
  });
}
