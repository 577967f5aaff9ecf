import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jetstream, type JetStreamClient } from '@nats-io/jetstream';
import { connect, type ConnectionOptions, headers, type NatsConnection } from '@nats-io/transport-node';
import { eventually } from './eventually.js';

/* A real nats-server with JetStream, alone or as a cluster of three, on loopback. */

const PLACES = ['/usr/sbin/nats-server', '/usr/local/bin/nats-server', '/usr/bin/nats-server'];
const START_TIMEOUT_MS = 20_000;

/** The program, or null. */
export const findNats = (): string | null => PLACES.find((path) => existsSync(path)) ?? null;

const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** A port that is currently free. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** One nats-server, which keeps port and data when it is restarted. */
export class NatsServer {
  #child: ChildProcess | null = null;
  #output = '';

  constructor(
    readonly port: number,
    readonly folder: string,
    private readonly args: string[],
    private readonly env: Record<string, string> = {},
  ) {}

  get url(): string {
    return `nats://127.0.0.1:${this.port}`;
  }

  /** Resolves when it accepts connections. */
  async start(): Promise<void> {
    const args = ['-a', '127.0.0.1', '-p', String(this.port), '-js', '-sd', join(this.folder, 'js'), ...this.args];
    const child = spawn(findNats()!, args, { stdio: ['ignore', 'ignore', 'pipe'], env: this.env });
    this.#child = child;
    this.#output = '';
    running.add(child);
    child.once('exit', () => running.delete(child));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (this.#output += text));
    await eventually(
      () => {
        if (!this.#output.includes('Server is ready')) throw new Error(`no nats-server: ${this.#output}`);
      },
      { timeoutMs: START_TIMEOUT_MS },
    );
  }

  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const child = this.#child;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    const exited = new Promise((resolve) => child.once('exit', resolve));
    child.kill(signal);
    await exited;
  }

  /** kill -9 and a restart on the same data. */
  async restart(): Promise<void> {
    await this.kill();
    await this.start();
  }

  async stop(): Promise<void> {
    await this.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

const newFolder = (): string => mkdtempSync(join(tmpdir(), 'bpoc-nats-'));

/** @param args more arguments of the program */
export async function startNats(args: string[] = [], env: Record<string, string> = {}): Promise<NatsServer> {
  const server = new NatsServer(await freePort(), newFolder(), args, env);
  await server.start();
  return server;
}

/** Three servers that keep three copies. */
export async function startNatsCluster(): Promise<NatsServer[]> {
  const ports = await Promise.all(Array.from({ length: 6 }, freePort));
  const routes = ports.slice(3).map((port) => `nats://127.0.0.1:${port}`);
  const members = routes.map((route, n) => {
    const cluster = ['-n', `n${n}`, '--cluster_name', 'bpoc', '--cluster', route, '--routes', routes.join(',')];
    return new NatsServer(ports[n]!, newFolder(), cluster);
  });
  await Promise.all(members.map((member) => member.start()));
  return members;
}

interface PublishOptions {
  subject: string;
  /** The header Nats-Msg-Id. */
  messageId?: string;
  traceparent?: string;
}

/** A service that publishes to JetStream, and repeats until NATS has stored the message. */
export class NatsPublisher {
  private constructor(
    readonly connection: NatsConnection,
    private readonly client: JetStreamClient,
  ) {}

  static async connect(servers: string[], options: ConnectionOptions = {}): Promise<NatsPublisher> {
    const connection = await connect({ servers, maxReconnectAttempts: -1, reconnectTimeWait: 100, ...options });
    return new NatsPublisher(connection, jetstream(connection));
  }

  /** Publishes once; rejects unless it is known to be stored. */
  async publishOnce(body: unknown, { subject, messageId, traceparent }: PublishOptions): Promise<void> {
    const payload = Buffer.isBuffer(body) ? body : JSON.stringify(body);
    const head = headers();
    if (messageId !== undefined) head.set('Nats-Msg-Id', messageId);
    if (traceparent !== undefined) head.set('traceparent', traceparent);
    await this.client.publish(subject, payload, { headers: head, timeout: 2_000 });
  }

  /** Until it is stored, for at most `forMs`. */
  publish(body: unknown, options: PublishOptions, forMs = 60_000): Promise<void> {
    return eventually(() => this.publishOnce(body, options), { timeoutMs: forMs });
  }

  close(): Promise<void> {
    return this.connection.close();
  }
}
