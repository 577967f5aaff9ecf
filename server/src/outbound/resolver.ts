import { Resolver } from 'node:dns/promises';

/** `not_found`: the name servers say there is no such name (or no address behind it). `failed`: they gave no usable answer. */
export type Lookup = { ok: true; addresses: string[] } | { ok: false; reason: 'not_found' | 'failed'; code: string };

const LOOKUP_TIMEOUT_MS = 2_000;
const RESEND_AFTER_MS = 1_000;
const TRIES = 3;
const NO_SUCH_NAME = new Set(['ENOTFOUND', 'ENODATA']);

/**
 * Looks names up with c-ares and nothing else. `dns.lookup` would read the hosts file, follow search domains, and wait
 * in the four threads shared by the process: four names that never answer stalled an unrelated look-up for 16 s.
 */
export class HostResolver {
  private readonly resolver = new Resolver({ timeout: RESEND_AFTER_MS, tries: TRIES });
  private readonly pending = new Map<string, Promise<Lookup>>();

  /**
   * @param servers `ip` or `ip:port` of the name servers; none means those of the operating system
   * @throws when a server is not an IP address
   */
  constructor(
    servers: readonly string[] = [],
    private readonly timeoutMs = LOOKUP_TIMEOUT_MS,
  ) {
    if (servers.length > 0) this.resolver.setServers(servers);
  }

  /**
   * All IPv4 and IPv6 addresses of a name; never rejects, and answers within the timeout. Any failure of either
   * family fails the look-up: half an answer could be the half somebody chose. Look-ups of one name at one moment are shared.
   */
  lookup(name: string): Promise<Lookup> {
    const shared = this.pending.get(name);
    if (shared) return shared;
    const lookup = this.lookupWithin(name).finally(() => this.pending.delete(name));
    this.pending.set(name, lookup);
    return lookup;
  }

  /** Gives up the look-ups under way. */
  close(): void {
    this.resolver.cancel();
  }

  private async lookupWithin(name: string): Promise<Lookup> {
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<Lookup>((resolve) => {
      timer = setTimeout(() => resolve({ ok: false, reason: 'failed', code: 'ETIMEOUT' }), this.timeoutMs);
    });
    try {
      return await Promise.race([this.ask(name), timeout]);
    } finally {
      clearTimeout(timer);
    }
  }

  private async ask(name: string): Promise<Lookup> {
    const [v4, v6] = await Promise.all([
      addressesOrCode(this.resolver.resolve4(name)),
      addressesOrCode(this.resolver.resolve6(name)),
    ]);
    const failure = [v4, v6].find((answer) => typeof answer === 'string' && !NO_SUCH_NAME.has(answer));
    if (typeof failure === 'string') return { ok: false, reason: 'failed', code: failure };
    const addresses = [v4, v6].flatMap((answer) => (typeof answer === 'string' ? [] : answer));
    if (addresses.length > 0) return { ok: true, addresses };
    return { ok: false, reason: 'not_found', code: typeof v4 === 'string' ? v4 : 'ENODATA' };
  }
}

async function addressesOrCode(query: Promise<string[]>): Promise<string[] | string> {
  try {
    return await query;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? 'EUNKNOWN';
  }
}
