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
  if (typeof origin !== 'string' || !URL.canParse(origin)) return true;
  const expected = publicUrl === null ? host : new URL(publicUrl).host;
  return new URL(origin).host !== expected;
}
