import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { isIP, isIPv6, type Socket } from 'node:net';
import type { OutboundProxy } from '../config/outbound-proxy.js';
import { OutboundFailure } from './failure.js';
import { TCP_KEEP_ALIVE_MS, type Dialled } from './first-to-connect.js';

/** An unused address reserved for documentation (RFC 5737): what the proxy answers shows whether it accepts us. */
const NOWHERE = '192.0.2.1';
/** The proxy works but could not connect (RFC 9110 §15.6), or does not connect to this address (403). */
const NOT_CONNECTED = new Set([403, 500, 502, 503, 504]);

/**
 * Tunnels (CONNECT, RFC 9110 §9.3.6) through the proxy of OUTBOUND_PROXY. The proxy is given an address that was
 * checked here, never a name, which it could resolve to another address. TLS runs between us and the receiver, through
 * the tunnel. The operator chooses the proxy, so its own address is not checked. A failure of the proxy itself is our
 * fault, not the receiver's.
 */
export class ProxyTunnel {
  constructor(
    private readonly proxy: OutboundProxy,
    /** Trusted instead of the public authorities, for a proxy that is reached over TLS. */
    private readonly ca?: string,
  ) {}

  /** @param onReached called when the proxy is connected; from then on the receiver is waited for */
  dial(address: string, port: number, onReached: () => void = () => undefined): Dialled {
    const { host, secure, authorization } = this.proxy;
    const authority = `${isIPv6(address) ? `[${address}]` : address}:${port}`;
    const request = (secure ? requestHttps : requestHttp)({
      method: 'CONNECT',
      host,
      port: this.proxy.port,
      path: authority,
      agent: false,
      headers: { host: authority, ...(authorization && { 'proxy-authorization': authorization }) },
      ...(secure && { servername: isIP(host) ? '' : host, rejectUnauthorized: true, ...(this.ca && { ca: this.ca }) }),
    });
    request.removeHeader('connection');
    const socket = new Promise<Socket>((resolve, reject) => {
      request.once('socket', (plain) => plain.once(secure ? 'secureConnect' : 'connect', onReached));
      request.once('connect', ({ statusCode = 0 }, tunnel: Socket, head) => {
        // Until undici adds its own listener.
        tunnel.on('error', () => undefined);
        if (statusCode >= 200 && statusCode < 300) {
          tunnel.setKeepAlive(true, TCP_KEEP_ALIVE_MS);
          if (head.length > 0) tunnel.unshift(head);
          resolve(tunnel);
          return;
        }
        tunnel.destroy();
        reject(refusalOf(statusCode));
      });
      request.on('error', ({ code = 'unknown error' }: NodeJS.ErrnoException) => {
        reject(new OutboundFailure('our_fault', `The outbound proxy could not be used (${code}).`));
      });
      request.end();
    });
    return { socket, destroy: () => void request.destroy() };
  }

  /** What is wrong with the proxy itself, for operators; null: nothing. Resolves within `withinMs`. */
  async trouble(withinMs: number): Promise<string | null> {
    let reached = false;
    let late = false;
    const dialled = this.dial(NOWHERE, 443, () => (reached = true));
    const timer = setTimeout(() => {
      late = true;
      dialled.destroy();
    }, withinMs);
    try {
      (await dialled.socket).destroy();
      return null;
    } catch (error) {
      const { reason, detail } = error as OutboundFailure;
      // If the proxy is still trying to connect, it has accepted our credentials.
      if (late) return reached ? null : 'The outbound proxy does not answer.';
      return reason === 'our_fault' ? detail : null;
    } finally {
      clearTimeout(timer);
    }
  }
}

function refusalOf(status: number): OutboundFailure {
  if (NOT_CONNECTED.has(status)) {
    const what = status === 403 ? 'does not allow this address or port' : 'got no connection to it';
    return new OutboundFailure('unreachable', `The outbound proxy ${what} (${status}).`);
  }
  const what = status === 407 ? 'refused our credentials' : 'refused to connect';
  return new OutboundFailure('our_fault', `The outbound proxy ${what} (${status}).`);
}
