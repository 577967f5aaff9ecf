import { setTimeout as delay } from 'node:timers/promises';
import { type Api, ApiError } from './api.js';
import { postLocally, type LocalRequest, type LocalResult } from './local-post.js';
import { serverSentEvents } from './server-sent-events.js';

/** Less than the server waits, so that it learns of a local address that hangs. */
const LOCAL_TIMEOUT_MS = 9_000;
/** Three heartbeats. */
const SILENCE_MS = 30_000;
const FIRST_PAUSE_MS = 300;
const MAX_PAUSE_MS = 5_000;
const ANSWER_TRIES = 5;

/** A request as it arrives on the stream. */
export interface ListenerRequest extends LocalRequest {
  id: string;
  delivery_id: string;
  event_id: string;
  event: string;
  attempt: number;
  test: boolean;
}

/** A request and, once it has come, the answer of the local address. */
export interface Entry {
  request: ListenerRequest;
  at: Date;
  result: LocalResult | null;
  ms: number;
  /** The answer came after the server had given up. */
  late: boolean;
}

export interface Listening {
  /** A request or its answer arrived. */
  onEntry(entry: Entry): void;
  /** One line about the connection; null: all is well. */
  onState(line: string | null): void;
}

export type SessionEnd = 'stopped' | 'taken_over' | 'session_ended';

/**
 * Takes requests from a listener's stream and passes the answers of the local address back. Reconnects until it is
 * stopped or the session is over. Rejects with ApiError if the server refuses permanently.
 */
export class ListenSession {
  readonly #stop = new AbortController();
  readonly #busy = new Set<Promise<void>>();

  constructor(
    private readonly api: Api,
    private readonly listenerId: string,
    private readonly target: URL,
    private readonly listening: Listening,
  ) {}

  get #path(): string {
    return `/api/recruiter/listeners/${this.listenerId}`;
  }

  /** Ends `run`. */
  stop(): void {
    this.#stop.abort();
  }

  async run(): Promise<SessionEnd> {
    for (let failures = 0; !this.#stop.signal.aborted; failures++) {
      try {
        const end = await this.#read(() => (failures = 0));
        if (end) return end;
        this.listening.onState('the stream ended; connecting again');
      } catch (error) {
        if (this.#stop.signal.aborted) break;
        if (!(await this.#mayGoOn(error))) throw error;
        this.listening.onState(`${(error as Error).message}; connecting again`);
      }
      await this.#pause(Math.min(FIRST_PAUSE_MS * 2 ** failures, MAX_PAUSE_MS));
    }
    await Promise.all(this.#busy);
    return 'stopped';
  }

  /** Also ends the session on the server. */
  async end(): Promise<void> {
    this.stop();
    await this.api.delete(this.#path);
  }

  /** Reads one connection. null: it ended without a reason. */
  async #read(connected: () => void): Promise<SessionEnd | null> {
    const silence = new AbortController();
    let timer: NodeJS.Timeout | undefined;
    const heard = (): void => {
      clearTimeout(timer);
      timer = setTimeout(() => silence.abort(), SILENCE_MS);
    };
    heard();
    try {
      const signal = AbortSignal.any([this.#stop.signal, silence.signal]);
      const stream = await this.api.stream(`${this.#path}/stream`, signal);
      for await (const { type, data } of serverSentEvents(stream, heard)) {
        if (type === 'heartbeat') {
          connected();
          this.listening.onState(null);
        } else if (type === 'request') this.#take(JSON.parse(data) as ListenerRequest);
        else if (type === 'end') return (JSON.parse(data) as { reason: SessionEnd }).reason;
      }
      return null;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Resumes a session that ended while this was disconnected. */
  async #mayGoOn(error: unknown): Promise<boolean> {
    if (!(error instanceof ApiError)) return true;
    if (error.code !== 'webhook_off') return error.isTransient;
    return this.api.post(`${this.#path}/resume`).then(
      () => true,
      (reason: unknown) => reason instanceof ApiError && reason.isTransient,
    );
  }

  #take(request: ListenerRequest): void {
    const work = this.#answer(request).finally(() => this.#busy.delete(work));
    this.#busy.add(work);
  }

  async #answer(request: ListenerRequest): Promise<void> {
    const entry: Entry = { request, at: new Date(), result: null, ms: 0, late: false };
    this.listening.onEntry(entry);
    const startedMs = performance.now();
    entry.result = await postLocally(this.target, request, LOCAL_TIMEOUT_MS);
    entry.ms = Math.round(performance.now() - startedMs);
    entry.late = !(await this.#send({ request_id: request.id, ...entry.result }));
    this.listening.onEntry(entry);
  }

  /** False: the attempt is over. */
  async #send(answer: object): Promise<boolean> {
    for (let tries = 1; tries <= ANSWER_TRIES; tries++) {
      try {
        await this.api.post(`${this.#path}/answers`, answer);
        return true;
      } catch (error) {
        if (!(error instanceof ApiError) || !error.isTransient) return false;
        await this.#pause(FIRST_PAUSE_MS * tries);
      }
    }
    return false;
  }

  async #pause(ms: number): Promise<void> {
    await delay(ms, undefined, { signal: this.#stop.signal }).catch(() => undefined);
  }
}
