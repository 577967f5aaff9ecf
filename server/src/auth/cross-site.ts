import { parseUrl } from '../lib/parse-url.js';
import { AppError } from '../lib/app-error.js';

/** What of a request tells where it was asked for. */
export interface RequestOrigin {
  method: string;
  /** Request headers, lower-case names. */
  headers: Record<string, string | string[] | undefined>;
  /** The Host the browser sees. */
  host: string;
}

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Whether a browser says that another site asked for this change. Browsers send `Sec-Fetch-Site` by themselves and pages cannot forge it;
 * those too old for it (before 2023) send `Origin`. Neither means that no browser is involved, and so nobody's cookie is abused.
 */
export function isCrossSite({ method, headers, host }: RequestOrigin, publicUrl: string | null): boolean {
  if (SAFE_METHODS.has(method)) return false;
  const site = headers['sec-fetch-site'];
  if (site !== undefined) return site !== 'same-origin' && site !== 'none';
  const { origin } = headers;
  if (origin === undefined) return false;
  const expected = publicUrl === null ? host : new URL(publicUrl).host;
  return typeof origin !== 'string' || parseUrl(origin)?.host !== expected;
}

/**
 * Throws AppError cross_site_request. A header with a key is never sent by a browser on its own, so only requests without one can be another
 * site's doing.
 */
export function refuseCrossSite(request: RequestOrigin, publicUrl: string | null): void {
  if (request.headers['authorization'] !== undefined || !isCrossSite(request, publicUrl)) return;
  throw new AppError('cross_site_request', 'Another site asked for this change. Open the app itself and try again.');
}
