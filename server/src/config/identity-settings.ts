/* Settings of the identity provider whose tokens (JWT, RFC 7519) are accepted in addition to local accounts. Pure. */

/** Asymmetric signatures. */
const KEY_ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'EdDSA'];

export const IDENTITY_SOURCES = ['users', 'app_metadata'] as const;

export interface IdentitySettings {
  issuer: string;
  audience: string;
  /** Location of the public keys; null: asymmetrically signed tokens are refused. */
  jwksUrl: string | null;
  /** The accepted subset of `KEY_ALGORITHMS`. */
  algorithms: string[];
  /** The shared secret of HS256; null: such tokens are refused. */
  hs256Secret: string | null;
  /** Source of agency and role: our users table, or `app_metadata` of the token. */
  source: (typeof IDENTITY_SOURCES)[number];
}

type Raw = { [K in keyof IdentitySettings]: IdentitySettings[K] | null };

/** A secret that is shorter than the hash could be guessed offline from one token (RFC 7518, 3.2). */
const MIN_SECRET_BYTES = 32;

/** null: only local accounts and keys. Adds to `problems`. */
export function identitySettings(raw: Raw, problems: string[]): IdentitySettings | null {
  const { issuer, audience, jwksUrl, hs256Secret, source } = raw;
  const algorithms = raw.algorithms?.length ? raw.algorithms : ['RS256', 'ES256'];
  if (jwksUrl === null && hs256Secret === null) {
    if (issuer !== null || audience !== null)
      problems.push(
        'IDENTITY_JWKS_URL or IDENTITY_HS256_SECRET must be set with IDENTITY_ISSUER and IDENTITY_AUDIENCE',
      );
    return null;
  }
  if (issuer === null || audience === null)
    problems.push('IDENTITY_ISSUER and IDENTITY_AUDIENCE must be set: without them tokens made for others would do');
  const unknown = algorithms.filter((name) => !KEY_ALGORITHMS.includes(name));
  if (unknown.length > 0)
    problems.push(`IDENTITY_ALGORITHMS must be some of ${KEY_ALGORITHMS.join(', ')}, not "${unknown.join(', ')}"`);
  if (hs256Secret !== null && Buffer.byteLength(hs256Secret) < MIN_SECRET_BYTES)
    problems.push(`IDENTITY_HS256_SECRET must have at least ${MIN_SECRET_BYTES} bytes`);
  return {
    issuer: issuer ?? '',
    audience: audience ?? '',
    jwksUrl,
    algorithms,
    hs256Secret,
    source: source ?? 'users',
  };
}
