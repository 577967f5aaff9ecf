import { LRUCache } from 'lru-cache';
import type { AddressRules } from './address-guard.js';
import { ConnectionPools } from './connection-pool.js';
import { Exchange, type ExchangeLimits, InFlight } from './exchange.js';
import { GuardedConnector } from './guarded-connector.js';
import { OutboundFailure } from './failure.js';
import type { PostResult } from './post-result.js';
import type { ProxyTunnel } from './proxy-tunnel.js';
import { HostResolver } from './resolver.js';
import { targetOf, type SelfOrigin, type Target } from './target.js';

export interface GuardedClientOptions
  extends Pick<ExchangeLimits, 'attemptTimeoutMs'>, Partial<Omit<ExchangeLimits, 'attemptTimeoutMs'>> {
  rules: AddressRules;
  /** `ip` or `ip:port`; default: the system's. */
  dnsServers?: readonly string[];
  /** Default 1,024. Further requests to the origin wait within their own deadline. */
  connectionsPerOrigin?: number;
  /** Age at which a connection is replaced, so that its name is resolved and checked again. Default 60 s. */
  connectionMaxAgeMs?: number;
  selfOrigin?: SelfOrigin | null;
  /** All requests except those to `selfOrigin` go through it. */
  proxy?: ProxyTunnel | null;
  /** Trusted in addition to the public authorities. */
  ca?: string | Buffer;
}

interface GuardedRequest {
  url: string;
  headers: Record<string, string>;
  /** Instead of `attemptTimeoutMs` of the client. */
  withinMs?: number | undefined;
  /** Instead of that of the client. */
  responseLimitBytes?: number;
}

interface GuardedPost extends GuardedRequest {
  body: Buffer | string;
}

const MAX_HEADER_BYTES = 16_384;
const MAX_TARGETS = 10_000;
const CONNECTIONS_PER_ORIGIN = 1_024;
const MAX_IDLE_CONNECTIONS = 1_000;
const CONNECTION_MAX_AGE_MS = 60_000;
/** Between the deadline of the status line and the end of everything. */
const LONGEST_TAIL_MS = 1_000;
const IDLE_MS = 55_000;
/** How late a deadline may be noticed. All requests share one interval; a timer per request would be set twice. */
const CLOCK_MS = 50;

/** Connection-level headers are set by the client alone; a caller's value is dropped. */
const CLIENT_HEADERS = new Set([
  'accept-encoding',
  'connection',
  'content-length',
  'expect',
  'host',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/**
 * The server's only HTTP client. The address guard checks every new connection, redirects are never followed, the usual
 * proxy variables (HTTPS_PROXY) are ignored, and every call resolves in time, whatever the receiver does.
 */
export class GuardedClient {
  private readonly limits: ExchangeLimits;
  private readonly resolver: HostResolver;
  private readonly pools: ConnectionPools;
  private readonly rules: AddressRules;
  private selfOrigin: SelfOrigin | null;
  /** Parsing a URL takes microseconds, and that of a webhook is used thousands of times. */
  private readonly targets = new LRUCache<string, Target>({ max: MAX_TARGETS });
  private readonly inFlight = new InFlight();
  private clock: NodeJS.Timeout | null = null;
  private whenIdle: (() => void) | null = null;
  private closed = false;

  /** @throws if a name server is not an IP address */
  constructor(options: GuardedClientOptions) {
    const { rules, dnsServers, attemptTimeoutMs, ca, proxy = null } = options;
    this.limits = {
      attemptTimeoutMs,
      bodyGraceMs: options.bodyGraceMs ?? 2_000,
      hardLimitMs: options.hardLimitMs ?? attemptTimeoutMs + LONGEST_TAIL_MS,
      responseLimitBytes: options.responseLimitBytes ?? 16_384,
    };
    this.resolver = new HostResolver(dnsServers);
    this.rules = rules;
    this.selfOrigin = options.selfOrigin ?? null;
    this.pools = new ConnectionPools({
      connector: new GuardedConnector({ rules, resolver: this.resolver, ca, proxy }),
      connectionsPerOrigin: options.connectionsPerOrigin ?? CONNECTIONS_PER_ORIGIN,
      maxIdle: MAX_IDLE_CONNECTIONS,
      maxAgeMs: options.connectionMaxAgeMs ?? CONNECTION_MAX_AGE_MS,
      idleMs: IDLE_MS,
      maxHeaderBytes: MAX_HEADER_BYTES,
    });
  }

  /** Never rejects: every failure is a `failed` result with a reason. */
  post(request: GuardedPost): Promise<PostResult> {
    return this.send('POST', request, request.body);
  }

  /** For what the server itself needs: the keys of an identity provider, the answer of a chat tool. Never rejects. */
  get(request: GuardedRequest): Promise<PostResult> {
    return this.send('GET', request, null);
  }

  /** Sends requests for the test inbox to this process's own listener, which is known only once it listens. */
  setSelfOrigin(selfOrigin: SelfOrigin | null): void {
    this.selfOrigin = selfOrigin;
    this.targets.clear();
  }

  /** Whether this is a URL of the test inbox, which is allowed although it is our own address. */
  isOwnInbox(url: string): boolean {
    const target = this.target(url, true);
    return target.kind === 'open' && target.destination.own;
  }

  /** For metrics. */
  counts(): { inFlight: number; pools: number; idle: number } {
    return { inFlight: this.inFlight.size, ...this.pools.counts() };
  }

  /** Refuses new requests, waits for those in flight (at most `hardLimitMs`), then closes every connection. */
  async close(): Promise<void> {
    this.closed = true;
    if (this.inFlight.size > 0) await new Promise<void>((resolve) => (this.whenIdle = resolve));
    this.stopClock();
    this.pools.close();
    this.resolver.close();
  }

  private send(method: 'GET' | 'POST', request: GuardedRequest, body: Buffer | string | null): Promise<PostResult> {
    const limits = this.limitsOf(request);
    // The address of a GET may be used only once.
    const target = this.target(request.url, method === 'POST');
    if (this.closed) return refused(new OutboundFailure('our_fault', 'The client is closed.'));
    if (target.kind === 'refused') return refused(target.failure, true);
    const options = { method, path: target.path, headers: requestHeaders(request.headers, target), body };
    const pool = this.pools.get(target.poolKey, target.origin, target.destination);
    return new Promise((resolve) => {
      const exchange = new Exchange(options, pool, limits, (ended, result) => {
        this.ended(ended);
        resolve(result);
      });
      this.inFlight.add(exchange);
      this.startClock();
      exchange.start();
    });
  }

  private target(url: string, keep: boolean): Target {
    const known = this.targets.get(url);
    if (known) return known;
    const target = targetOf(url, this.rules, this.selfOrigin);
    if (keep && target.kind === 'open') this.targets.set(url, target);
    return target;
  }

  private limitsOf({ withinMs, responseLimitBytes }: GuardedRequest): ExchangeLimits {
    if (withinMs === undefined && responseLimitBytes === undefined) return this.limits;
    return {
      ...this.limits,
      ...(withinMs !== undefined && { attemptTimeoutMs: withinMs, hardLimitMs: withinMs + LONGEST_TAIL_MS }),
      ...(responseLimitBytes !== undefined && { responseLimitBytes }),
    };
  }

  private ended(exchange: Exchange): void {
    this.inFlight.remove(exchange);
    if (this.inFlight.size === 0) this.whenIdle?.();
  }

  private tick(): void {
    this.inFlight.checkTime(performance.now());
    if (this.inFlight.size === 0) this.stopClock();
  }

  private startClock(): void {
    this.clock ??= setInterval(() => this.tick(), CLOCK_MS);
  }

  private stopClock(): void {
    if (this.clock) clearInterval(this.clock);
    this.clock = null;
  }
}

function requestHeaders(given: Record<string, string>, target: Target & { kind: 'open' }): string[] {
  const headers = ['accept-encoding', 'identity'];
  if (target.hostHeader) headers.push('host', target.hostHeader);
  for (const name of Object.keys(given)) {
    if (!CLIENT_HEADERS.has(name.toLowerCase())) headers.push(name, given[name] ?? '');
  }
  return headers;
}

function refused({ reason, detail }: OutboundFailure, final = false): Promise<PostResult> {
  const nothing = { dnsMs: null, connectMs: null, tlsMs: null, firstByteMs: null, totalMs: 0 };
  return Promise.resolve({ kind: 'failed', reason, detail, final, reconnected: false, ...nothing });
}
