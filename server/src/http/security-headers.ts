import type { FastifyHelmetOptions } from '@fastify/helmet';

/**
 * Headers of every answer. Scripts come from our own files only; style elements may be inline because both the admin's component
 * library and the API page make them while running. Nothing may frame us, so nobody can be tricked into clicking.
 */
export function securityHeaders(publicUrl: string | null): FastifyHelmetOptions {
  const secure = publicUrl?.startsWith('https:') ?? false;
  return {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        'default-src': ["'none'"],
        'script-src': ["'self'"],
        'style-src': ["'self'", "'unsafe-inline'"],
        'img-src': ["'self'", 'data:'],
        'font-src': ["'self'"],
        'connect-src': ["'self'"],
        'manifest-src': ["'self'"],
        'form-action': ["'self'"],
        'base-uri': ["'none'"],
        'frame-ancestors': ["'none'"],
        // On plain http this would send the browser to a port that speaks no TLS.
        ...(secure && { 'upgrade-insecure-requests': [] }),
      },
    },
    strictTransportSecurity: secure,
    xFrameOptions: { action: 'deny' },
    // no-referrer would make browsers send "Origin: null" with our own form posts.
    referrerPolicy: { policy: 'same-origin' },
  };
}
