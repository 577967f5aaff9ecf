import type { Socket } from 'node:net';
import { type buildConnector, Client, type Dispatcher } from 'undici';
import type { Step } from './failure.js';
import type { ConnectTiming, Destination, GuardedConnector, Opening } from './guarded-connector.js';

/* HTTP connections: a pool for each origin, over undici's single-connection client. */

export interface PooledRequest extends Dispatcher.DispatchHandler {
  readonly options: Dispatcher.DispatchOptions;
  /** Also true if it was abandoned while waiting for a connection. */
  readonly done: boolean;
  assigned(slot: Slot): void;
  /** No idle connection was available and a new one is being made for this request. */
  connecting(timing: ConnectTiming): void;
}

interface PoolSettings {
  connector: GuardedConnector;
  connectionsPerOrigin: number;
  /** After this time a connection takes no more requests, so that its name is resolved and checked again. */
  maxAgeMs: number;
  /** Connections idle for longer are closed, or sooner if the receiver's keep-alive hint says so. */
  idleMs: number;
  maxHeaderBytes: number;
}

/**
 * One connection to an origin. undici's Client speaks HTTP on it and reconnects when needed; undici's pools are not
 * used because they do not reveal which connection served a request and cannot remove a request from their queue.
 */
export class Slot {
  socket: Socket | null = null;
  idleSince = 0;
  private opening: Opening | null = null;
  private ending = new AbortController();
  private readonly client: Client;
  private request: PooledRequest | null = null;

  constructor(private readonly pool: OriginPool) {
    const { idleMs, maxHeaderBytes } = pool.settings;
    this.client = new Client(pool.origin, {
      pipelining: 1,
      maxHeaderSize: maxHeaderBytes,
      headersTimeout: 0, // these two restart with every byte received; the request has its own deadline
      bodyTimeout: 0,
      keepAliveTimeout: idleMs,
      keepAliveMaxTimeout: idleMs,
      connect: (_options, callback) => void this.connect(callback),
    });
    this.client.on('disconnect', () => pool.lost(this));
  }

  /**
   * The step that took most of the time since `startedAt`; a connection attempt that has only just begun does not
   * count.
   */
  slowStepSince(startedAt: number): Step {
    if (!this.opening) return 'answer';
    const { since, step } = this.opening;
    return since - startedAt < performance.now() - since ? step : 'answer';
  }

  get isTooOld(): boolean {
    return performance.now() >= (this.opening?.since ?? 0) + this.pool.settings.maxAgeMs;
  }

  send(request: PooledRequest): void {
    this.request = request;
    request.assigned(this);
    this.client.dispatch(request.options, request);
  }

  /** The request has ended and the connection is reusable. */
  release(): void {
    this.request = null;
    this.pool.release(this);
  }

  /** The request has ended and the connection must not be reused. */
  discard(): void {
    this.request = null;
    this.pool.remove(this);
  }

  /** Also ends a connection attempt in progress. */
  destroy(): void {
    this.client.destroy(null, () => undefined);
    this.ending.abort();
  }

  private async connect(callback: buildConnector.Callback): Promise<void> {
    const timing = { dnsMs: null, connectMs: null, tlsMs: null };
    this.ending = new AbortController();
    this.opening = { step: 'look_up', since: performance.now(), timing, signal: this.ending.signal };
    this.request?.connecting(timing);
    try {
      this.socket = await this.pool.settings.connector.open(this.pool.destination, this.opening);
    } catch (error) {
      callback(error as Error, null);
      return;
    }
    callback(null, this.socket);
  }
}

/**
 * The connections to one origin. The most recently used is reused first, so that surplus ones become idle and close.
 */
export class OriginPool {
  private readonly idle: Slot[] = [];
  private readonly waiting: PooledRequest[] = [];
  private open = 0;

  constructor(
    readonly origin: string,
    readonly destination: Destination,
    readonly settings: PoolSettings,
    private readonly onIdleChange: (by: number) => void,
  ) {}

  get isEmpty(): boolean {
    return this.open === 0;
  }

  /** Start of the longest idle time; null if no connection is idle. */
  get longestIdleSince(): number | null {
    return this.idle[0]?.idleSince ?? null;
  }

  /** Sends on an idle connection that is not too old, or on a new one. Waits if the origin is at its limit. */
  start(request: PooledRequest): void {
    while (this.idle.at(-1)?.isTooOld) this.closeIdle(this.idle.length - 1);
    const slot = this.idle.pop();
    if (slot) this.onIdleChange(-1);
    if (slot) slot.send(request);
    else this.startOnNewConnection(request);
  }

  /** Skips idle connections, for a request that was sent on a dead one: the others may be dead as well. */
  startOnNewConnection(request: PooledRequest): void {
    if (this.open >= this.settings.connectionsPerOrigin) {
      this.waiting.push(request);
      return;
    }
    this.open += 1;
    new Slot(this).send(request);
  }

  release(slot: Slot): void {
    if (slot.isTooOld) {
      this.remove(slot);
      return;
    }
    const next = this.nextWaiting();
    if (next) {
      slot.send(next);
      return;
    }
    slot.idleSince = performance.now();
    this.idle.push(slot);
    this.onIdleChange(1);
  }

  remove(slot: Slot): void {
    this.open -= 1;
    slot.destroy();
    const next = this.nextWaiting();
    if (next) this.startOnNewConnection(next);
  }

  /** The connection was closed. If it was in use, its request gets the error from undici. */
  lost(slot: Slot): void {
    const index = this.idle.indexOf(slot);
    if (index !== -1) this.closeIdle(index);
  }

  closeIdleSince(time: number): void {
    while (this.idle[0] && this.idle[0].idleSince <= time) this.closeIdle(0);
  }

  private closeIdle(index: number): void {
    const [slot] = this.idle.splice(index, 1);
    this.open -= 1;
    this.onIdleChange(-1);
    slot?.destroy();
  }

  private nextWaiting(): PooledRequest | undefined {
    let next = this.waiting.shift();
    while (next?.done) next = this.waiting.shift();
    return next;
  }
}

export interface PoolsSettings extends PoolSettings {
  /** Across all origins: one request to each of thousands of receivers must not exhaust file descriptors. */
  maxIdle: number;
}

const TIDY_EVERY_MS = 10_000;

/**
 * One pool per origin, so that a hanging origin fills only its own pool. A pool is removed with its last connection.
 */
export class ConnectionPools {
  private readonly pools = new Map<string, OriginPool>();
  private idle = 0;
  private readonly tidying: NodeJS.Timeout;

  constructor(private readonly settings: PoolsSettings) {
    this.tidying = setInterval(() => this.tidy(performance.now() - settings.idleMs), TIDY_EVERY_MS);
    this.tidying.unref();
  }

  /**
   * @param key the origin; our own listener has a different key, so that no other request uses its exempt connections
   */
  get(key: string, origin: string, destination: Destination): OriginPool {
    const known = this.pools.get(key);
    if (known) return known;
    const pool = new OriginPool(origin, destination, this.settings, (by) => this.idleChanged(by));
    this.pools.set(key, pool);
    return pool;
  }

  counts(): { pools: number; idle: number } {
    return { pools: this.pools.size, idle: this.idle };
  }

  close(): void {
    clearInterval(this.tidying);
    this.tidy(Infinity);
  }

  private idleChanged(by: number): void {
    this.idle += by;
    if (this.idle > this.settings.maxIdle) this.closeLongestIdle();
  }

  private closeLongestIdle(): void {
    const times = [...this.pools.values()].map((pool) => pool.longestIdleSince ?? Infinity);
    this.tidy(Math.min(...times));
  }

  private tidy(idleSince: number): void {
    for (const [key, pool] of this.pools) {
      pool.closeIdleSince(idleSince);
      if (pool.isEmpty) this.pools.delete(key);
    }
  }
}
