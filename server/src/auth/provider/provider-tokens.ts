import { createSecretKey } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import {
  decodeProtectedHeader,
  errors,
  jwtVerify,
  type JWTPayload,
  type JWTVerifyGetKey,
  type JWTVerifyOptions,
} from 'jose';
import { AppError } from '../../lib/app-error.js';
import { ENV, type Env } from '../../config/env.js';
import type { IdentitySettings } from '../../config/identity-settings.js';
import { GuardedClient } from '../../outbound/guarded-client.js';
import { ProviderKeys } from './provider-keys.js';

/** Tolerated clock skew between the provider and this server. */
const TOLERANCE_SECONDS = 5;
/** header.claims.signature, each base64url. */
const FORM = /^[\w-]+\.[\w-]+\.[\w-]*$/;

/**
 * Verifies tokens of the identity provider (RFC 7519, RFC 8725). The algorithm selects the kind of key: HS256 is only
 * checked with the shared secret, and all others only with a public key, so that a public key never serves as a secret.
 */
@Injectable()
export class ProviderTokens {
  readonly #settings: IdentitySettings | null;
  readonly #keys: ProviderKeys | null;

  constructor(client: GuardedClient, @Inject(ENV) { identity }: Pick<Env, 'identity'>) {
    this.#settings = identity;
    const url = identity?.jwksUrl ?? null;
    this.#keys = url === null ? null : new ProviderKeys(client, url);
  }

  /**
   * The claims of a valid token; null if it is not a JWT or no provider is configured. Throws AppError unauthenticated
   * or identity_unavailable.
   */
  async verify(token: string): Promise<JWTPayload | null> {
    if (this.#settings === null || !FORM.test(token)) return null;
    try {
      return await this.#claims(token, this.#settings);
    } catch (error) {
      if (error instanceof errors.JOSEError || error instanceof TypeError)
        throw new AppError('unauthenticated', `The token of the identity provider is refused: ${reasonOf(error)}.`);
      throw error;
    }
  }

  async #claims(token: string, settings: IdentitySettings): Promise<JWTPayload> {
    const { issuer, audience, hs256Secret, algorithms } = settings;
    const { alg } = decodeProtectedHeader(token);
    const options: JWTVerifyOptions = { issuer, audience, clockTolerance: TOLERANCE_SECONDS, requiredClaims: ['exp'] };
    if (alg === 'HS256' && hs256Secret !== null) {
      const secret = createSecretKey(hs256Secret, 'utf8');
      return (await jwtVerify(token, secret, { ...options, algorithms: ['HS256'] })).payload;
    }
    const keys = this.#keys;
    if (keys === null) throw new errors.JOSEAlgNotAllowed();
    const find: JWTVerifyGetKey = (header, input) => keys.find(header, input);
    return (await jwtVerify(token, find, { ...options, algorithms })).payload;
  }
}

function reasonOf(error: Error): string {
  if (error instanceof errors.JWTExpired) return 'it has expired';
  if (error instanceof errors.JWTClaimValidationFailed) return `its "${error.claim}" is not what it must be`;
  if (error instanceof errors.JOSEAlgNotAllowed) return 'it is signed in a way that is not allowed';
  if (error instanceof errors.JWKSNoMatchingKey) return 'the provider has no such key';
  if (error instanceof errors.JWSSignatureVerificationFailed) return 'its signature is wrong';
  return 'it cannot be read';
}
