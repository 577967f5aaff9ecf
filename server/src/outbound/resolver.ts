import { Resolver } from 'node:dns/promises';

/**
 * `not_found`: no such name, or no address. `failed`: no usable answer from the name servers. `askedAt` is a
 * `performance.now()`.
 */
type Lookup =
  { ok: true; addresses: string[]; askedAt: number } | { ok: false; reason: 'not_found' | 'failed'; code: string };

const LOOKUP_TIMEOUT_MS = 2_000;
const RESEND_AFTER_MS = 1_000;
const TRIES = 3;
/** How long to wait for the other family once one has addresses. RFC 8305 §3 recommends 50 ms, for interactive use. */
const OTHER_FAMILY_MS = 250;
const NO_SUCH_NAME = new Set(['ENOTFOUND', 'ENODATA', 'EBADNAME']);

/** The addresses of one family, or an error code. */
type Answer = string[] | string;

/**
 * Resolves names with c-ares only. `dns.lookup` would read the hosts file, follow search domains, and occupy the four
 * threads that the process shares: four names whose servers never answered stalled an unrelated lookup for 16 s.
 */
export class HostResolver {
  private readonly resolver = new Resolver({ timeout: RESEND_AFTER_MS, tries: TRIES });
  private readonly pending = new Map<string, Promise<Lookup>>();

  /**
   * @param servers `ip` or `ip:port`; empty: the system's
   * @throws if a server is not an IP address
   */
  constructor(
    servers: readonly string[] = [],
    private readonly timeoutMs = LOOKUP_TIMEOUT_MS,
  ) {
    if (servers.length > 0) this.resolver.setServers(servers);
  }

  /**
   * The IPv4 and IPv6 addresses of a name. Never rejects, and resolves within the timeout. One family may fail while
   * the other succeeds. Concurrent lookups of one name are shared.
   */
  lookup(name: string): Promise<Lookup> {
    const shared = this.pending.get(name);
    if (shared) return shared;
    const lookup = this.ask(name).finally(() => this.pending.delete(name));
    this.pending.set(name, lookup);
    return lookup;
  }

  /** Cancels pending lookups. */
  close(): void {
    this.resolver.cancel();
  }

  private ask(name: string): Promise<Lookup> {
    return new Promise((resolve) => {
      const askedAt = performance.now();
      const answers: Answer[] = ['ETIMEOUT', 'ETIMEOUT'];
      let missing = answers.length;
      const end = (): void => {
        timers.forEach(clearTimeout);
        resolve(lookupOf(answers, askedAt));
      };
      const timers = [setTimeout(end, this.timeoutMs)];
      const note = async (family: number, query: Promise<string[]>): Promise<void> => {
        const answer = (answers[family] = await addressesOrCode(query));
        missing -= 1;
        if (missing === 0) end();
        else if (typeof answer !== 'string') timers.push(setTimeout(end, OTHER_FAMILY_MS));
      };
      void note(0, this.resolver.resolve4(name));
      void note(1, this.resolver.resolve6(name));
    });
  }
}

function lookupOf(answers: Answer[], askedAt: number): Lookup {
  const addresses = answers.flatMap((answer) => (typeof answer === 'string' ? [] : answer));
  if (addresses.length > 0) return { ok: true, addresses, askedAt };
  const codes = answers.filter((answer) => typeof answer === 'string');
  const failure = codes.find((code) => !NO_SUCH_NAME.has(code));
  if (failure) return { ok: false, reason: 'failed', code: failure };
  return { ok: false, reason: 'not_found', code: codes[0] ?? 'ENODATA' };
}

async function addressesOrCode(query: Promise<string[]>): Promise<Answer> {
  try {
    return await query;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? 'EUNKNOWN';
  }
}
