import type { FastifyHelmetOptions } from '@fastify/helmet';

/** What browsers offer to pages and ours do not use. Left out is what Chromium knows on some systems only: it warns. */
const UNUSED_FEATURES = [
  'accelerometer autoplay browsing-topics camera clipboard-read display-capture encrypted-media fullscreen gamepad',
  'geolocation gyroscope hid idle-detection local-fonts magnetometer microphone midi payment picture-in-picture',
  'publickey-credentials-create publickey-credentials-get screen-wake-lock serial storage-access sync-xhr usb',
  'window-management xr-spatial-tracking',
].flatMap((line) => line.split(' '));

/** Header of pages, which copy secrets and addresses to the clipboard and need nothing else. */
export const PERMISSIONS_POLICY = ['clipboard-write=(self)', ...UNUSED_FEATURES.map((name) => `${name}=()`)].join(', ');

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
