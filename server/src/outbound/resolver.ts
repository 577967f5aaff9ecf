import { Resolver } from 'node:dns/promises';

/**
 * `not_found`: there is no such name, or no address behind it. `failed`: the name servers gave no usable answer.
 * `askedAt` is on the clock of `performance.now()`.
 */
export type Lookup =
  { ok: true; addresses: string[]; askedAt: number } | { ok: false; reason: 'not_found' | 'failed'; code: string };

const LOOKUP_TIMEOUT_MS = 2_000;
const RESEND_AFTER_MS = 1_000;
const TRIES = 3;
/** What the other family may take once one has addresses. RFC 8305 §3 has 50 ms, for people who wait at a screen. */
const OTHER_FAMILY_MS = 250;
const NO_SUCH_NAME = new Set(['ENOTFOUND', 'ENODATA', 'EBADNAME']);

/** The addresses of one family, or the code of the failure. */
type Answer = string[] | string;

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
   * The IPv4 and IPv6 addresses of a name; never rejects, and answers within the timeout. A family that fails or stays
   * silent does not spoil the other: every address is judged by itself. Look-ups of one name at one moment are shared.
   */
  lookup(name: string): Promise<Lookup> {
    const shared = this.pending.get(name);
    if (shared) return shared;
    const lookup = this.ask(name).finally(() => this.pending.delete(name));
    this.pending.set(name, lookup);
    return lookup;
  }

  /** Gives up the look-ups under way. */
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
