import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { isIP, isIPv6, type Socket } from 'node:net';
import type { OutboundProxy } from '../config/outbound-proxy.js';
import { OutboundFailure } from './failure.js';
import type { Dialled } from './first-to-connect.js';

const TCP_KEEP_ALIVE_MS = 60_000;
/** An address for documentation (RFC 5737), where no one is, to hear what the proxy says before it connects. */
const NOWHERE = '192.0.2.1';
/** The proxy is well and says that it got no connection (RFC 9110 §15.6), or makes none to this address (403). */
const NOT_CONNECTED = new Set([403, 500, 502, 503, 504]);

/**
 * Tunnels (CONNECT, RFC 9110 §9.3.6) through the proxy of OUTBOUND_PROXY. It is given an address that was checked here
 * and never a name, which it could resolve to another one; TLS is spoken with the receiver, through the tunnel. Its own
 * address is the operator's choice and not checked. What fails at the proxy itself is our fault, not the receiver's.
 */
export class ProxyTunnel {
  constructor(
    private readonly proxy: OutboundProxy,
    /** Trusted instead of the public authorities, for a proxy that is spoken to over TLS. */
    private readonly ca?: string,
  ) {}

  /** @param onReached called when the proxy is connected, and the rest of the time is the receiver's */
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
        // Until undici listens.
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

  /** What is wrong with the proxy itself, for operators; null: nothing. Resolves within the time. */
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
      // Still trying: it took our credentials.
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
