import { isIP, type Socket } from 'node:net';
import { failureOf, OutboundFailure } from './failure.js';

/** The Connection Attempt Delay that RFC 8305 §5 recommends. */
const NEXT_AFTER_MS = 250;
export const TCP_KEEP_ALIVE_MS = 60_000;

/** A connection being made. */
export interface Dialled {
  /** Resolves when it is connected. */
  socket: Promise<Socket>;
  destroy(): void;
}

export interface Attempts {
  dial(address: string): Dialled;
  /** @throws OutboundFailure if the connection must not be used */
  check(socket: Socket): void;
  signal: AbortSignal;
}

/**
 * Happy Eyeballs (RFC 8305 §5): each address is tried 250 ms after the previous one, or immediately if that failed. The
 * first to connect wins; the others are destroyed.
 *
 * @throws OutboundFailure if all failed or were aborted
 */
export function firstToConnect(addresses: readonly string[], attempts: Attempts): Promise<Socket> {
  return new Promise((resolve, reject) => new Race([...addresses], attempts, { resolve, reject }).next());
}

class Race {
  private readonly trying = new Set<Dialled>();
  private failure = new OutboundFailure('unreachable', 'No connection could be made.');
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly left: string[],
    private readonly attempts: Attempts,
    private readonly result: { resolve(socket: Socket): void; reject(failure: OutboundFailure): void },
  ) {
    const { signal } = attempts;
    if (signal.aborted) this.end();
    else signal.addEventListener('abort', this.end);
  }

  readonly next = (): void => {
    clearTimeout(this.timer);
    const address = this.left.shift();
    if (address !== undefined) {
      this.timer = setTimeout(this.next, NEXT_AFTER_MS);
      void this.attempt(address);
    } else if (this.trying.size === 0) {
      this.end();
      this.result.reject(this.failure);
    }
  };

  private async attempt(address: string): Promise<void> {
    let dialled: Dialled | undefined;
    try {
      dialled = this.attempts.dial(address);
      this.trying.add(dialled);
      const socket = await dialled.socket;
      this.attempts.check(socket);
      this.trying.delete(dialled);
      this.end();
      this.result.resolve(socket);
    } catch (error) {
      dialled?.destroy();
      if (dialled) this.trying.delete(dialled);
      this.failure = moreSpecific(this.failure, failureOf(error));
      this.next();
    }
  }

  private readonly end = (): void => {
    this.left.length = 0;
    clearTimeout(this.timer);
    this.attempts.signal.removeEventListener('abort', this.end);
    for (const dialled of this.trying) dialled.destroy();
  };
}

/** A failure of a reachable address says more than "unreachable", which IPv6 is on a machine without it. */
function moreSpecific(known: OutboundFailure, other: OutboundFailure): OutboundFailure {
  return other.reason === 'unreachable' && known.reason !== 'unreachable' ? known : other;
}

/**
 * Alternates between families (RFC 8305 §4), IPv4 first, so that a dead family delays the other by only one address.
 */
export function alternatingFamilies(addresses: readonly string[]): string[] {
  const [v4, v6] = [4, 6].map((family) => addresses.filter((ip) => isIP(ip) === family)) as [string[], string[]];
  return addresses.flatMap((_, index) => [...v4.slice(index, index + 1), ...v6.slice(index, index + 1)]);
}

/** Resolves with the socket at the event; rejects on an error or a close. */
export function ready(socket: Socket, event: 'connect' | 'secureConnect'): Promise<Socket> {
  return new Promise((resolve, reject) => {
    socket.once(event, () => resolve(socket));
    // Never removed: an error between this promise and undici's listeners would otherwise be uncaught.
    socket.on('error', reject);
    socket.once('close', () => {
      reject(new OutboundFailure('reset', 'The connection was closed while it was being made.'));
    });
  });
}
