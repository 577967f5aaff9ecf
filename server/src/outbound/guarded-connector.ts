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
import { firstToConnect, inTurns, ready } from './first-to-connect.js';
import type { Timing } from './post-result.js';
import type { HostResolver } from './resolver.js';

/** Where a connection has to lead. `own` marks our own listener, the one place the guard does not judge. */
export interface Destination {
  host: string;
  port: number;
  secure: boolean;
  own: boolean;
}

export type ConnectTiming = Pick<Timing, 'dnsMs' | 'connectMs' | 'tlsMs'>;

export interface GuardedConnectorOptions {
  rules: AddressRules;
  resolver: HostResolver;
  /** Trusted besides the well-known authorities. */
  ca?: string | Buffer | undefined;
  /** Opens the TCP connection; only tests give another one. */
  dial?: (options: TcpNetConnectOpts) => Socket;
}

/** A name may answer with thousands of addresses; each is judged, the first few are tried. */
const MAX_ADDRESSES_TRIED = 6;
const TCP_KEEP_ALIVE_MS = 60_000;
/** A root may name itself as its issuer. */
const MAX_CHAIN_LENGTH = 8;
/** A TLS record with nothing but an alert (RFC 5246 §6.2.1, §7.2). */
const ALERT_BYTES = 7;

/** One connection being made: how far it is, what it has cost so far, and what ends it. */
export interface Opening {
  step: Step;
  /** When it began, or the look-up that it shares: from then on nothing is known of the name that is newer. */
  since: number;
  timing: ConnectTiming;
  /** There is no other limit of time than that of the look-up. */
  signal: AbortSignal;
}

/**
 * Makes every connection the server's HTTP client uses, and is where addresses are judged for good: at saving a name
 * can still resolve to anything. Vet all answers, connect to one of those very addresses (never to the name again, or
 * a second look-up could answer differently), look at where the socket ended up, and only then start TLS.
 */
export class GuardedConnector {
  private secureContext: SecureContext | null = null;
  private readonly dial: (options: TcpNetConnectOpts) => Socket;

  constructor(private readonly options: GuardedConnectorOptions) {
    this.dial = options.dial ?? connectTcp;
  }

  /**
   * A connected socket, encrypted and verified for `to.secure`.
   * @throws OutboundFailure with the reason
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

  private async connect(addresses: string[], to: Destination, { timing, signal }: Opening): Promise<Socket> {
    const startedAt = performance.now();
    const options = { port: to.port, noDelay: true, keepAlive: true, keepAliveInitialDelay: TCP_KEEP_ALIVE_MS };
    try {
      return await firstToConnect(addresses.slice(0, MAX_ADDRESSES_TRIED), {
        dial: (host) => this.dial({ ...options, host }),
        check: (socket) => this.checkReached(socket, to),
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

  /** One for all connections: reading the authorities takes longer (tens of milliseconds) than the handshake. */
  private trusted(): SecureContext {
    const { ca } = this.options;
    return (this.secureContext ??= createSecureContext(ca ? { ca: [...rootCertificates, ca] } : {}));
  }

  private async encrypt(plain: Socket, to: Destination, opening: Opening): Promise<TLSSocket> {
    const startedAt = performance.now();
    const socket = connectTls({
      socket: plain,
      host: to.host,
      ...(isIP(to.host) ? {} : { servername: to.host }),
      ALPNProtocols: ['http/1.1'],
      secureContext: this.trusted(),
      rejectUnauthorized: true, // also overrules NODE_TLS_REJECT_UNAUTHORIZED=0
    });
    let certificate: DetailedPeerCertificate | undefined;
    // Node judges the certificate in a later listener of this event and, if it is bad, takes it away with the socket. Not
    // getPeerX509Certificate(): in Node 20 that removes the certificate from what is then judged.
    socket.prependOnceListener('secure', () => (certificate = socket.getPeerCertificate(true)));
    if (opening.signal.aborted) socket.destroy();
    opening.signal.addEventListener('abort', () => socket.destroy());
    try {
      await ready(socket, 'secureConnect');
    } catch (error) {
      throw handshakeFailure(error, certificate, plain.bytesRead);
    } finally {
      opening.timing.tlsMs = since(startedAt);
    }
    // TLS 1.3 refuses a client only now, and leaves the socket open: the hang-up that follows would hide why.
    socket.once('error', () => socket.destroy());
    return socket;
  }
}

/** The allowed ones, in the order to try them: one that is not allowed is as if it had not been answered. */
function vetted(addresses: string[], rules: AddressRules): string[] {
  const allowed = addresses.filter((ip) => checkIp(ip, rules));
  if (allowed.length === 0) throw blocked();
  return inTurns(allowed);
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
  // TLS 1.2 has no word for a missing client certificate: it fails, but only after the server has shown its own.
  if (code === 'ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE' && bytesRead > ALERT_BYTES) {
    return new OutboundFailure('tls_client_certificate', `A client certificate is wanted (${code}).`);
  }
  const failure = failureOf(error);
  return failure.reason === 'our_fault' ? tlsFailure(code) : failure;
}

/** The end of the certificate that has ended, which may be an intermediate. */
function expiryOf(leaf: DetailedPeerCertificate | undefined): string | undefined {
  let certificate: DetailedPeerCertificate | undefined = leaf;
  for (let depth = 0; certificate && depth < MAX_CHAIN_LENGTH; depth += 1) {
    const endsAt = new Date(certificate.valid_to);
    // Before 1970 it is made up, and a year 0 is none that PostgreSQL takes.
    if (endsAt.getTime() < Date.now()) return endsAt.getTime() > 0 ? endsAt.toISOString() : undefined;
    certificate = certificate.issuerCertificate;
  }
  return undefined;
}

function since(startedAt: number): number {
  return Math.round(performance.now() - startedAt);
}
