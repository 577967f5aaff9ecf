import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, type JWTPayload, SignJWT } from 'jose';

export const ISSUER = 'https://id.platform.example/';
export const AUDIENCE = 'bpoc-webhooks';

/** An identity provider on loopback that publishes its keys at `jwksUrl`. */
export async function startIdentityProvider() {
  const keys = new Map<string, { alg: string; privateKey: CryptoKey; jwk: JWK }>();
  const addKey = async (kid: string, alg: string) => {
    const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
    keys.set(kid, { alg, privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' } });
  };
  await addKey('rsa', 'RS256');
  await addKey('ec', 'ES256');
  const requests: string[] = [];
  /** Replaces the published keys. */
  const state: { answer: { status: number; body: string } | null } = { answer: null };
  const server = createServer((request, response) => {
    requests.push(request.url!);
    const { status, body } = state.answer ?? {
      status: 200,
      body: JSON.stringify({ keys: [...keys.values()].map(({ jwk }) => jwk) }),
    };
    response.writeHead(status, { 'content-type': 'application/json' }).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    jwksUrl: `http://localhost:${port}/keys`,
    requests,
    state,
    keys,
    addKey,
    /** A valid token but for the given claims. */
    async sign(claims: JWTPayload, { kid = 'rsa', as = kid }: { kid?: string; as?: string } = {}): Promise<string> {
      const { alg, privateKey } = keys.get(kid)!;
      const seconds = Math.floor(Date.now() / 1000);
      const whole = { iss: ISSUER, aud: AUDIENCE, sub: 'person-1', iat: seconds, exp: seconds + 3600, ...claims };
      return new SignJWT(whole).setProtectedHeader({ alg, kid: as, typ: 'JWT' }).sign(privateKey);
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export type IdentityProvider = Awaited<ReturnType<typeof startIdentityProvider>>;
