import type { Socket } from 'node:net';
import { Client, type buildConnector, type Dispatcher } from 'undici';
import type { Step } from './failure.js';
import type { ConnectTiming, Destination, GuardedConnector, Opening } from './guarded-connector.js';

/** What a pool needs to know of a request. */
export interface Passenger extends Dispatcher.DispatchHandler {
  readonly options: Dispatcher.DispatchOptions;
  /** True once it was given up, perhaps while it still waited for a connection. */
  readonly done: boolean;
  /** Called as the request is handed to a connection. */
  boarded(slot: Slot): void;
  /** Called when no open connection served and a new one is being made for this request. */
  connecting(timing: ConnectTiming): void;
}

export interface PoolSettings {
  connector: GuardedConnector;
  connectionsPerOrigin: number;
  /** A connection takes no request after this time: its name and the guard decide anew. */
  maxAgeMs: number;
  /** Connections that rest longer are closed, unless the receiver's keep-alive hint ends them sooner. */
  idleMs: number;
  maxHeaderBytes: number;
}

/**
 * One connection to an origin, replaced when it closes. undici's Client speaks HTTP on it and reconnects when asked to
 * send; its own pools are not used because they cannot say which connection served a request, nor take back a
 * request that waits in their queue.
 */
export class Slot {
  socket: Socket | null = null;
  idleSince = 0;
  private opening: Opening | null = null;
  private ending = new AbortController();
  private readonly client: Client;
  private passenger: Passenger | null = null;

  constructor(private readonly pool: OriginPool) {
    const { idleMs, maxHeaderBytes } = pool.settings;
    this.client = new Client(pool.origin, {
      pipelining: 1,
      maxHeaderSize: maxHeaderBytes,
      headersTimeout: 0, // the request's own deadline rules: these two restart with every dripped byte
      bodyTimeout: 0,
      keepAliveTimeout: idleMs,
      keepAliveMaxTimeout: idleMs,
      connect: (_options, callback) => void this.connect(callback),
    });
    this.client.on('disconnect', () => pool.lost(this));
  }

  /** What took most of the time since then: not a connecting that has only just begun. */
  slowStepSince(startedAt: number): Step {
    if (!this.opening) return 'answer';
    const { since, step } = this.opening;
    return since - startedAt < performance.now() - since ? step : 'answer';
  }

  get isTooOld(): boolean {
    return performance.now() >= (this.opening?.since ?? 0) + this.pool.settings.maxAgeMs;
  }

  carry(passenger: Passenger): void {
    this.passenger = passenger;
    passenger.boarded(this);
    this.client.dispatch(passenger.options, passenger);
  }

  /** The request is over and the connection still good. */
  release(): void {
    this.passenger = null;
    this.pool.rest(this);
  }

  /** The request is over, and whatever still comes on this connection is of no interest. */
  discard(): void {
    this.passenger = null;
    this.pool.remove(this);
  }

  /** Ends the connection, also one that is only being made. */
  destroy(): void {
    this.client.destroy(null, () => undefined);
    this.ending.abort();
  }

  private async connect(callback: buildConnector.Callback): Promise<void> {
    const timing = { dnsMs: null, connectMs: null, tlsMs: null };
    this.ending = new AbortController();
    this.opening = { step: 'look_up', since: performance.now(), timing, signal: this.ending.signal };
    this.passenger?.connecting(timing);
    try {
      this.socket = await this.pool.settings.connector.open(this.pool.destination, this.opening);
    } catch (error) {
      callback(error as Error, null);
      return;
    }
    callback(null, this.socket);
  }
}

/** The connections to one origin; the last one used is used first, so that those not needed grow old and close. */
export class OriginPool {
  private readonly resting: Slot[] = [];
  private readonly waiting: Passenger[] = [];
  private open = 0;

  constructor(
    readonly origin: string,
    readonly destination: Destination,
    readonly settings: PoolSettings,
    private readonly onRestingChange: (by: number) => void,
  ) {}

  get isEmpty(): boolean {
    return this.open === 0;
  }

  /** When the connection that rests longest began to; null when none rests. */
  get oldestRestSince(): number | null {
    return this.resting[0]?.idleSince ?? null;
  }

  /** Sends now, on a young resting connection or a new one, or as soon as one of the capped number is free. */
  start(passenger: Passenger): void {
    while (this.resting.at(-1)?.isTooOld) this.closeResting(this.resting.length - 1);
    const slot = this.resting.pop();
    if (slot) this.onRestingChange(-1);
    if (slot) slot.carry(passenger);
    else this.startOnNewConnection(passenger);
  }

  /** For a request that just met a dead connection: another resting one may be as dead. */
  startOnNewConnection(passenger: Passenger): void {
    if (this.open >= this.settings.connectionsPerOrigin) {
      this.waiting.push(passenger);
      return;
    }
    this.open += 1;
    new Slot(this).carry(passenger);
  }

  rest(slot: Slot): void {
    if (slot.isTooOld) {
      this.remove(slot);
      return;
    }
    const next = this.nextWaiting();
    if (next) {
      slot.carry(next);
      return;
    }
    slot.idleSince = performance.now();
    this.resting.push(slot);
    this.onRestingChange(1);
  }

  remove(slot: Slot): void {
    this.open -= 1;
    slot.destroy();
    const next = this.nextWaiting();
    if (next) this.startOnNewConnection(next);
  }

  /** The connection ended by itself; one in use tells its request instead. */
  lost(slot: Slot): void {
    const index = this.resting.indexOf(slot);
    if (index !== -1) this.closeResting(index);
  }

  closeRestingSince(time: number): void {
    while (this.resting[0] && this.resting[0].idleSince <= time) this.closeResting(0);
  }

  private closeResting(index: number): void {
    const [slot] = this.resting.splice(index, 1);
    this.open -= 1;
    this.onRestingChange(-1);
    slot?.destroy();
  }

  private nextWaiting(): Passenger | undefined {
    let next = this.waiting.shift();
    while (next?.done) next = this.waiting.shift();
    return next;
  }
}
