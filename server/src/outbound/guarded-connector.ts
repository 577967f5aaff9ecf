import { connect as connectTcp, isIP, type Socket, type TcpNetConnectOpts } from 'node:net';
import {
  connect as connectTls,
  createSecureContext,
  rootCertificates,
  type DetailedPeerCertificate,
  type SecureContext,
  type TLSSocket,
} from 'node:tls';
import { checkIp, localhostAddresses, type AddressRules } from './address-guard.js';
import { failureOf, OutboundFailure, tlsFailure, type Step } from './failure.js';
import { firstToConnect, alternatingFamilies, ready, TCP_KEEP_ALIVE_MS } from './first-to-connect.js';
import type { Timing } from './post-result.js';
import type { ProxyTunnel } from './proxy-tunnel.js';
import type { HostResolver } from './resolver.js';

/** `own`: our own listener, the only destination exempt from the address guard. */
export interface Destination {
  host: string;
  port: number;
  secure: boolean;
  own: boolean;
}

export type ConnectTiming = Pick<Timing, 'dnsMs' | 'connectMs' | 'tlsMs'>;

interface GuardedConnectorOptions {
  rules: AddressRules;
  resolver: HostResolver;
  /** Trusted in addition to the public authorities. */
  ca?: string | Buffer | undefined;
  /** Makes the connections in place of this machine, to the addresses that were checked here; null: no proxy. */
  proxy?: ProxyTunnel | null;
  /** Opens the TCP connection. Only tests override it. */
  dial?: (options: TcpNetConnectOpts) => Socket;
}

/** A name may resolve to thousands of addresses: all are checked, the first few are tried. */
const MAX_ADDRESSES_TRIED = 6;
/** A root certificate may be its own issuer. */
const MAX_CHAIN_LENGTH = 8;
/** A TLS record that contains only an alert (RFC 5246 §6.2.1, §7.2). */
const ALERT_BYTES = 7;

/** The progress of one connection attempt. */
export interface Opening {
  step: Step;
  /** When it began, or when the shared lookup began: the resolution of the name is that old. */
  since: number;
  timing: ConnectTiming;
  /** The only time limit apart from that of the lookup. */
  signal: AbortSignal;
}

/**
 * Opens every connection of the HTTP client and enforces the address rules here, because after a URL was saved its name
 * can resolve to anything. It checks all resolved addresses, connects to one of exactly those (never to the name: a
 * second lookup could differ), checks the address that the socket reached, and only then starts TLS. A proxy is given
 * one of those addresses as well, so that no lookup of its own matters.
 */
export class GuardedConnector {
  private secureContext: SecureContext | null = null;
  private readonly dial: (options: TcpNetConnectOpts) => Socket;

  constructor(private readonly options: GuardedConnectorOptions) {
    this.dial = options.dial ?? connectTcp;
  }

  /**
   * Returns a connected socket, which is encrypted and verified if `to.secure`.
   * @throws OutboundFailure
   */
  async open(to: Destination, opening: Opening): Promise<Socket> {
    const addresses = await this.vettedAddresses(to, opening);
    opening.step = 'connect';
    const plain = await this.connect(addresses, to, opening);
    opening.step = 'secure';
    const socket = to.secure ? await this.encrypt(plain, to, opening) : plain;
    opening.step = 'answer';
    return socket;
  }

  private async vettedAddresses(to: Destination, opening: Opening): Promise<string[]> {
    if (to.own) return [to.host];
    const { rules, resolver } = this.options;
    if (isIP(to.host)) return vetted([to.host], rules);
    if (to.host === 'localhost') return vetted(localhostAddresses(rules), rules);
    const startedAt = performance.now();
    const lookup = await resolver.lookup(to.host);
    opening.timing.dnsMs = since(startedAt);
    if (lookup.ok) {
      opening.since = lookup.askedAt;
      return vetted(lookup.addresses, rules);
    }
    if (lookup.reason === 'not_found') throw new OutboundFailure('dns', `${to.host} has no address (${lookup.code}).`);
    throw new OutboundFailure('dns_unavailable', `${to.host} could not be looked up (${lookup.code}).`);
  }

  private async connect(addresses: string[], to: Destination, opening: Opening): Promise<Socket> {
    const startedAt = performance.now();
    const { timing, signal } = opening;
    const proxy = to.own ? null : this.options.proxy;
    const options = { port: to.port, noDelay: true, keepAlive: true, keepAliveInitialDelay: TCP_KEEP_ALIVE_MS };
    const direct = (host: string) => {
      const socket = this.dial({ ...options, host });
      return { socket: ready(socket, 'connect'), destroy: () => void socket.destroy() };
    };
    if (proxy) opening.step = 'proxy';
    const tunnel = (host: string) => proxy!.dial(host, to.port, () => (opening.step = 'connect'));
    try {
      return await firstToConnect(addresses.slice(0, MAX_ADDRESSES_TRIED), {
        dial: proxy ? tunnel : direct,
        // The far end of a tunnel cannot be seen from here.
        check: (socket) => proxy ?? this.checkReached(socket, to),
        signal,
      });
    } finally {
      timing.connectMs = since(startedAt);
    }
  }

  private checkReached({ remoteAddress }: Socket, to: Destination): void {
    if (!remoteAddress) throw new OutboundFailure('reset', 'The connection was closed as soon as it was made.');
    if (!to.own && !checkIp(remoteAddress, this.options.rules)) throw blocked();
  }

  /** Shared: loading the authorities takes longer (tens of milliseconds) than the handshake. */
  private trusted(): SecureContext {
    const { ca } = this.options;
    return (this.secureContext ??= createSecureContext(ca ? { ca: [...rootCertificates, ca] } : {}));
  }

  private async encrypt(plain: Socket, to: Destination, opening: Opening): Promise<TLSSocket> {
    const startedAt = performance.now();
    const { bytesRead } = plain;
    const socket = connectTls({
      socket: plain,
      host: to.host,
      ...(isIP(to.host) ? {} : { servername: to.host }),
      ALPNProtocols: ['http/1.1'],
      secureContext: this.trusted(),
      rejectUnauthorized: true, // also overrides NODE_TLS_REJECT_UNAUTHORIZED=0
    });
    let certificate: DetailedPeerCertificate | undefined;
    // Node verifies the certificate in a later listener of this event and, if it is bad, discards it with the socket.
    // Not getPeerX509Certificate(): in Node 20 that hides the certificate from the verification.
    socket.prependOnceListener('secure', () => (certificate = socket.getPeerCertificate(true)));
    if (opening.signal.aborted) socket.destroy();
    opening.signal.addEventListener('abort', () => socket.destroy());
    try {
      await ready(socket, 'secureConnect');
    } catch (error) {
      throw handshakeFailure(error, certificate, plain.bytesRead - bytesRead);
    } finally {
      opening.timing.tlsMs = since(startedAt);
    }
    // With TLS 1.3 a server rejects a client only now and leaves the socket open: the close that follows would hide
    // why.
    socket.once('error', () => socket.destroy());
    return socket;
  }
}

/** The allowed addresses in the order to try them; others are ignored. */
function vetted(addresses: string[], rules: AddressRules): string[] {
  const allowed = addresses.filter((ip) => checkIp(ip, rules));
  if (allowed.length === 0) throw blocked();
  return alternatingFamilies(allowed);
}

function blocked(): OutboundFailure {
  return new OutboundFailure('blocked_address', 'This address points into a private network.');
}

function handshakeFailure(
  error: unknown,
  certificate: DetailedPeerCertificate | undefined,
  bytesRead: number,
): OutboundFailure {
  if (error instanceof OutboundFailure) return error;
  const { code = '' } = error as NodeJS.ErrnoException;
  if (code === 'CERT_HAS_EXPIRED') {
    return new OutboundFailure('tls_expired', 'The certificate has expired.', expiryOf(certificate));
  }
  // TLS 1.2 has no alert for a missing client certificate: the handshake fails, but after the server's certificate.
  if (code === 'ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE' && bytesRead > ALERT_BYTES) {
    return new OutboundFailure('tls_client_certificate', `A client certificate is wanted (${code}).`);
  }
  const failure = failureOf(error);
  return failure.reason === 'our_fault' ? tlsFailure(code) : failure;
}

/** The expiry of the expired certificate, which may be an intermediate. */
function expiryOf(leaf: DetailedPeerCertificate | undefined): string | undefined {
  let certificate: DetailedPeerCertificate | undefined = leaf;
  for (let depth = 0; certificate && depth < MAX_CHAIN_LENGTH; depth += 1) {
    const endsAt = new Date(certificate.valid_to);
    // Before 1970 it is fictitious, and PostgreSQL rejects year 0.
    if (endsAt.getTime() < Date.now()) return endsAt.getTime() > 0 ? endsAt.toISOString() : undefined;
    certificate = certificate.issuerCertificate;
  }
  return undefined;
}

function since(startedAt: number): number {
  return Math.round(performance.now() - startedAt);
}
