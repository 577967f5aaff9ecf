import { randomUUID } from 'node:crypto';
import { execFileSync, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect } from '@jest/globals';
import {
  addWebhook,
  applicationCreated,
  bearer,
  deliveryDetail,
  recruiter,
  type CreatedWebhook,
  type Receipt,
} from '../support/client.js';
import { eventually } from '../support/eventually.js';
import { startReceiver, type Receiver } from '../support/receiver.js';
import {
  databasePid,
  isAlive,
  ServerProcess,
  startServer,
  type ServerOptions,
  type TestServer,
} from '../support/server.js';

/*
 * Two servers on one database under load, a receiver that keeps everything, and the oracle: every accepted (event, webhook) pair is at the
 * receiver at least once and in the log as delivered, with exactly one success that counted.
 */

/** `npm run faults` runs the long form. */
export const LONG = process.env['FAULTS'] === 'long';
export const PER_WEBHOOK = 10;
const WEBHOOKS = 2;

const ENV = {
  ATTEMPT_TIMEOUT_MS: '1000',
  LEASE_MS: '3000',
  MAX_IN_FLIGHT_PER_WEBHOOK: String(PER_WEBHOOK),
  LOG_FORMAT: 'json',
};

export interface Verdict {
  accepted: number;
  lost: number;
  duplicates: number;
}

/** One of the two servers; `process` changes when it is started again. */
export interface Member {
  process: ServerProcess;
  url: string;
}

export class Fleet {
  readonly accepted: string[] = [];
  readonly members: Member[] = [];
  readonly webhooks: CreatedWebhook[] = [];
  #publishing: Promise<void> = Promise.resolve();
  #stopped = false;
  #enough = false;

  private constructor(
    readonly first: TestServer,
    readonly receiver: Receiver,
    readonly env: Record<string, string | undefined>,
  ) {}

  static async start(options: ServerOptions = {}): Promise<Fleet> {
    const env = { ...ENV, ...options.env };
    // 10 ms an answer, so that there always is something in flight.
    const otherwise = { status: 200, delayMs: 10 };
    const [first, receiver] = await Promise.all([startServer({ env }), startReceiver({ otherwise })]);
    const fleet = new Fleet(first, receiver, env);
    for (let index = 0; index < WEBHOOKS; index++)
      fleet.webhooks.push(await addWebhook(first, { url: receiver.url(`/${index}`) }));
    for (let index = 0; index < 2; index++) fleet.members.push(await fleet.launch());
    return fleet;
  }

  /** Another server on the same data. */
  async launch(): Promise<Member> {
    const process = new ServerProcess(this.first.dataDir, { env: this.env });
    return { process, url: await process.listening() };
  }

  /** Replaces a member that ended. */
  async relaunch(member: Member): Promise<void> {
    member.process.forget();
    Object.assign(member, await this.launch());
  }

  /** Publishes `count` events like a careful publisher: with a key, again until accepted, at whichever server answers. */
  publish(count: number, { everyMs = 2 }: { everyMs?: number } = {}): void {
    this.#publishing = (async () => {
      const under: Promise<void>[] = [];
      for (let n = 0; n < count && !this.#stopped && !this.#enough; n++) {
        under.push(this.#publishOne(n));
        await new Promise((resolve) => setTimeout(resolve, everyMs));
      }
      await Promise.all(under);
    })();
  }

  /** No more events; those under way are still accepted. */
  enough(): void {
    this.#enough = true;
  }

  async #publishOne(n: number): Promise<void> {
    const event = { ...applicationCreated(this.first), id: randomUUID() };
    for (let attempt = 0; !this.#stopped; attempt++) {
      const { url } = this.members[(n + attempt) % this.members.length]!;
      try {
        const response = await bearer(url, this.first.demo.serviceToken)
          .post('/api/internal/events')
          .timeout(5_000)
          .send(event);
        if (response.status === 202) {
          this.accepted.push((response.body as Receipt).id);
          return;
        }
        expect([429, 503]).toContain(response.status);
      } catch (error) {
        if (error instanceof Error && error.message.startsWith('expect')) throw error;
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  /** Whichever server runs, for questions about the data that all share. */
  get #anyServer(): TestServer {
    return { url: this.members[0]!.url, demo: this.first.demo } as TestServer;
  }

  /** Waits until everything accepted has been delivered, then judges. */
  async verdict(): Promise<Verdict> {
    await this.#publishing;
    const pairs = this.accepted.length * WEBHOOKS;
    await eventually(
      async () => {
        const { body } = await recruiter(this.#anyServer).get('/api/recruiter/deliveries/counts');
        const counts = body as Record<'total' | 'delivered', { count: number }>;
        expect({ total: counts.total.count, delivered: counts.delivered.count }).toEqual({
          total: pairs,
          delivered: pairs,
        });
      },
      { timeoutMs: 60_000 },
    );
    let lost = 0;
    let duplicates = 0;
    for (let index = 0; index < WEBHOOKS; index++) {
      const ids = this.receiver.requests(`/${index}`).map(({ headers }) => headers['webhook-id']);
      const seen = new Set(ids);
      lost += this.accepted.filter((id) => !seen.has(id)).length;
      duplicates += ids.length - seen.size;
    }
    await this.#checkDuplicates();
    return { accepted: this.accepted.length, lost, duplicates };
  }

  /** Of a delivery that arrived more than once, one attempt counted as its success. */
  async #checkDuplicates(): Promise<void> {
    const arrivals = new Map<string, number>();
    for (const { headers } of this.receiver.all) {
      const id = String(headers['x-webhook-delivery']);
      arrivals.set(id, (arrivals.get(id) ?? 0) + 1);
    }
    for (const [id] of [...arrivals].filter(([, count]) => count > 1).slice(0, 50)) {
      const { status, timeline } = await deliveryDetail(this.#anyServer, id);
      const successes = timeline.filter(({ outcome, fenced }) => outcome === 'succeeded' && !fenced);
      expect({ id, status, successes: successes.length }).toEqual({ id, status: 'delivered', successes: 1 });
    }
  }

  /** Makes PostgreSQL throw everybody out and recover from its log, as after a crash: one of its backends is killed. */
  crashDatabase(): void {
    const postmaster = databasePid(this.first.dataDir)!;
    const children = execFileSync('ps', ['-o', 'pid=,args=', '--ppid', String(postmaster)], { encoding: 'utf8' }).split(
      '\n',
    );
    const backend = children.find((line) => /postgres: bpoc bpoc/.test(line));
    if (!backend) throw new Error(`no backend below ${postmaster}:\n${children.join('\n')}`);
    process.kill(Number.parseInt(backend, 10), 'SIGKILL');
  }

  /**
   * Stops PostgreSQL as at once as it can be ("immediate": no checkpoint, everybody out) and starts it again with the same command, as a
   * supervisor does. Linux only.
   */
  async restartDatabase(): Promise<void> {
    const pid = databasePid(this.first.dataDir)!;
    const [command, ...args] = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').slice(0, -1);
    process.kill(pid, 'SIGQUIT');
    await eventually(() => expect(isAlive(pid)).toBe(false));
    const asNobody = process.getuid!() === 0 ? ['unshare', '--user', '--map-user=65534', '--map-group=65534'] : [];
    const [program, ...rest] = [...asNobody, command!, ...args];
    spawn(program!, rest, { detached: true, stdio: 'ignore', env: { PATH: process.env['PATH'], LC_ALL: 'C' } }).unref();
  }

  /** Output of all servers that still run. */
  logs(): string {
    return [this.first.logs(), ...this.members.map(({ process }) => process.logs())].join('\n');
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#publishing.catch(() => undefined);
    for (const { process } of this.members) {
      await process.end();
      process.forget();
    }
    await this.receiver.close();
    await this.first.stop();
  }
}
