import type { FastifyHelmetOptions } from '@fastify/helmet';

/** Without features that Chromium knows only on some systems, because it warns about unknown ones. */
const UNUSED_FEATURES = [
  'accelerometer autoplay browsing-topics camera clipboard-read display-capture encrypted-media fullscreen gamepad',
  'geolocation gyroscope hid idle-detection local-fonts magnetometer microphone midi payment picture-in-picture',
  'publickey-credentials-create publickey-credentials-get screen-wake-lock serial storage-access sync-xhr usb',
  'window-management xr-spatial-tracking',
].flatMap((line) => line.split(' '));

/** Pages copy secrets and URLs to the clipboard and need no other feature. */
export const PERMISSIONS_POLICY = ['clipboard-write=(self)', ...UNUSED_FEATURES.map((name) => `${name}=()`)].join(', ');

/**
 * Headers of every response. Scripts come from our own files only. Inline styles are allowed because the component
 * library of the app and the API page create them at run time. Framing is refused against clickjacking.
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
        // On plain http this would upgrade requests to a port without TLS.
        ...(secure && { 'upgrade-insecure-requests': [] }),
      },
    },
    strictTransportSecurity: secure,
    xFrameOptions: { action: 'deny' },
    // no-referrer would make browsers send "Origin: null" with our own forms.
    referrerPolicy: { policy: 'same-origin' },
  };
}
