import { parseUrl } from '../lib/parse-url.js';
import { AppError } from '../lib/app-error.js';

/** The parts of a request that show its origin. */
export interface RequestOrigin {
  method: string;
  /** Request headers, lower-case names. */
  headers: Record<string, string | string[] | undefined>;
  host: string;
}

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Whether a browser reports that another site caused this change. Pages cannot forge `Sec-Fetch-Site`; browsers too old
 * for it (before 2023) send `Origin`. Without either no browser is involved, and so no cookie can be abused.
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
 * Throws AppError cross_site_request. Browsers never add an Authorization header on behalf of another site, so requests
 * with one are exempt.
 */
export function refuseCrossSite(request: RequestOrigin, publicUrl: string | null): void {
  if (request.headers['authorization'] !== undefined || !isCrossSite(request, publicUrl)) return;
  throw new AppError('cross_site_request', 'Another site asked for this change. Open the app itself and try again.');
}
