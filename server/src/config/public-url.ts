import type { Env } from './env.js';

/** URL at which browsers and receivers reach the server, without a trailing slash: PUBLIC_URL, or this machine. */
export function publicUrlOf({ publicUrl, host }: Pick<Env, 'publicUrl' | 'host'>, port: number): string {
  const name = ['127.0.0.1', '0.0.0.0', '::', '::1'].includes(host) ? 'localhost' : host;
  return publicUrl ?? `http://${name}:${port}`;
}
