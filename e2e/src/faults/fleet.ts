import { execFileSync } from 'node:child_process';
import { addWebhook, type CreatedWebhook } from '../support/client.js';
import { withDatabase } from '../support/database.js';
import { eventually } from '../support/eventually.js';
import { startReceiver, type Receiver } from '../support/receiver.js';
import { databasePid, ServerProcess, startServer, type ServerOptions, type TestServer } from '../support/server.js';
import { compareReceived, untilAllDelivered } from './oracle.js';
import { Publishers } from './publishers.js';
import { restartDatabase } from './restart-database.js';

/*
 * Three servers on one database, two of them under load, a receiver that records everything, and the oracle: every
 * accepted (event, webhook) pair has reached the receiver at least once, and is delivered with one success in the
 * database.
 */

export const PER_WEBHOOK = 10;
const WEBHOOKS = 2;

const ENV = {
  ATTEMPT_TIMEOUT_MS: '1000',
  LEASE_MS: '3000',
  MAX_IN_FLIGHT_PER_WEBHOOK: String(PER_WEBHOOK),
  LOG_FORMAT: 'json',
};

interface Verdict {
  accepted: number;
  lost: number;
  duplicates: number;
}

/** One of the two under load; `process` changes when it is restarted. */
export interface Member {
  process: ServerProcess;
  url: string;
}

export class Fleet {
  readonly members: Member[] = [];
  readonly webhooks: CreatedWebhook[] = [];
  readonly #publishers: Publishers;

  private constructor(
    readonly first: TestServer,
    readonly receiver: Receiver,
    readonly env: Record<string, string | undefined>,
  ) {
    const urls = () => this.members.map(({ url }) => url);
    this.#publishers = new Publishers({ server: first, urls });
  }

  static async start(options: ServerOptions = {}): Promise<Fleet> {
    const env = { ...ENV, ...options.env };
    // 10 ms per answer, so that there is always something in flight.
    const otherwise = { status: 200, delayMs: 10 };
    const [first, receiver] = await Promise.all([startServer({ ...options, env }), startReceiver({ otherwise })]);
    const fleet = new Fleet(first, receiver, env);
    for (let index = 0; index < WEBHOOKS; index++)
      // The longest plan: on a busy machine the receiver answers late so often that four tries are used up.
      fleet.webhooks.push(await addWebhook(first, { url: receiver.url(`/${index}`), retry_plan: 'three_days' }));
    fleet.members.push(...(await Promise.all([fleet.launch(), fleet.launch()])));
    return fleet;
  }

  /** Another server on the same data. */
  async launch(): Promise<Member> {
    const process = new ServerProcess(this.first.dataDir, { env: this.env });
    return { process, url: await process.listening() };
  }

  /** Replaces a member that has exited. */
  async relaunch(member: Member): Promise<void> {
    member.process.forget();
    Object.assign(member, await this.launch());
  }

  /** Publishes `count` events as careful publishers do, alternating between the two members. */
  publish(count: number, options: { everyMs?: number } = {}): void {
    this.#publishers.publish(count, options);
  }

  /** Stops publishing; events in flight are still accepted. */
  enough(): void {
    this.#publishers.enough();
  }

  /** Waits until everything accepted has been delivered, and `others` published by the test, then compares. */
  async verdict(others = 0): Promise<Verdict> {
    await this.#publishers.done();
    const { accepted } = this.#publishers;
    const pairs = (accepted.length + others) * WEBHOOKS;
    // A delivery whose plan is used up would not be delivered by waiting longer.
    await untilAllDelivered(this.first.dataDir, pairs);
    const paths = this.webhooks.map(({ url }) => new URL(url).pathname);
    const { lost, duplicates } = compareReceived(this.receiver, paths, accepted);
    return { accepted: accepted.length, lost, duplicates };
  }

  /** Events that are in the log more than once: each is about a record of its own. */
  async doubled(): Promise<number> {
    return withDatabase(this.first.dataDir, async (client) => {
      const { rows } = await client.query<{ doubled: number }>(
        'select (count(*) - count(distinct subject_id))::int as doubled from webhook_events where not test',
      );
      return rows[0]!.doubled;
    });
  }

  /** Makes PostgreSQL close all connections and recover, as after a crash: one of its backends is killed. */
  async crashDatabase(): Promise<void> {
    const postmaster = String(databasePid(this.first.dataDir)!);
    // On a busy machine it may still be recovering from the crash before.
    const backend = await eventually(
      () => {
        const children = execFileSync('ps', ['-o', 'pid=,args=', '--ppid', postmaster], { encoding: 'utf8' });
        const found = children.split('\n').find((line) => /postgres: bpoc bpoc/.test(line));
        if (!found) throw new Error(`no backend below ${postmaster}:\n${children}`);
        return found;
      },
      { timeoutMs: 30_000 },
    );
    process.kill(Number.parseInt(backend, 10), 'SIGKILL');
  }

  /** Like a supervisor. Linux only. */
  restartDatabase(): Promise<void> {
    return restartDatabase(this.first.dataDir);
  }

  /** Output of all servers that still run. */
  logs(): string {
    return [this.first.logs(), ...this.members.map(({ process }) => process.logs())].join('\n');
  }

  async stop(): Promise<void> {
    await this.#publishers.stop();
    await Promise.all(this.members.map(({ process }) => process.end()));
    for (const { process } of this.members) process.forget();
    await this.receiver.close();
    await this.first.stop();
  }
}
