import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createServer as createTlsServer, type ServerOptions } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { Issued } from './certificates.js';
import { eventually } from './eventually.js';

/** One request as received. */
export interface ReceivedRequest {
  method: string;
  path: string;
  headers: IncomingHttpHeaders;
  /** Names in their original spelling and order, each followed by its value. */
  rawHeaders: string[];
  body: Buffer;
  /** Milliseconds since 1970 when the last byte arrived. */
  at: number;
}

/** The response to one request. A number is a status with the body `OK`; `when` delays it until it resolves. */
export type Answer =
  | number
  | { status: number; headers?: Record<string, string>; body?: string; delayMs?: number; when?: Promise<unknown> }
  | 'hang'
  | 'reset';

export interface ReceiverOptions {
  /** With a certificate the receiver uses HTTPS. */
  tls?: Issued & ServerOptions;
  /** For paths without a script, and after a script's end. Default 200. */
  otherwise?: Answer;
}

/** A fake customer's web server: keeps every request, answers each path as scripted. */
export class Receiver {
  readonly all: ReceivedRequest[] = [];
  readonly #scripts = new Map<string, Answer[]>();
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #otherwise: Answer;
  readonly #scheme: string;
  /** Called for every request before it is answered. */
  onRequest: (request: ReceivedRequest) => void = () => {};
  /** Called when the last byte of an answer has been sent. */
  onAnswered: () => void = () => {};

  constructor({ tls, otherwise = 200 }: ReceiverOptions) {
    const listener = (request: IncomingMessage, response: ServerResponse): void =>
      void this.#receive(request, response);
    this.#server = tls ? createTlsServer(tls, listener) : createServer(listener);
    // Raw connections, because closeAllConnections() knows only those that have sent a request.
    this.#server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
    });
    this.#scheme = tls ? 'https' : 'http';
    this.#otherwise = otherwise;
  }

  async listen(port = 0): Promise<this> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject).listen(port, '127.0.0.1', resolve);
    });
    return this;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** The address to register, with a name that matches a certificate for `localhost`. */
  url(path: string): string {
    return `${this.#scheme}://localhost:${this.port}${path}`;
  }

  /** Answers for the next requests to this path, in order. */
  script(path: string, ...answers: Answer[]): void {
    this.#scripts.set(path, answers);
  }

  /** Requests to this path, in order of receipt. */
  requests(path: string): ReceivedRequest[] {
    return this.all.filter((request) => request.path === path);
  }

  /** Waits for the request number `count` (1 is the first) to this path. */
  next(path: string, count = 1): Promise<ReceivedRequest> {
    return eventually(() => {
      const request = this.requests(path)[count - 1];
      if (!request) throw new Error(`${this.requests(path).length} requests to ${path}, not ${count}`);
      return request;
    });
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of request) chunks.push(chunk as Buffer);
    } catch {
      return; // The sender went away in the middle: not a request.
    }
    const received: ReceivedRequest = {
      method: request.method ?? '',
      path: request.url ?? '',
      headers: request.headers,
      rawHeaders: request.rawHeaders,
      body: Buffer.concat(chunks),
      at: Date.now(),
    };
    this.all.push(received);
    this.onRequest(received);
    await this.#answer(this.#scripts.get(received.path)?.shift() ?? this.#otherwise, response);
  }

  async #answer(answer: Answer, response: ServerResponse): Promise<void> {
    if (answer === 'hang') return;
    if (answer === 'reset') return void response.socket?.resetAndDestroy();
    const wanted = typeof answer === 'number' ? { status: answer } : answer;
    const { status, headers = {}, body = 'OK', delayMs = 0, when } = wanted;
    await when;
    if (delayMs > 0) await new Promise((resolve) => setTimeout(resolve, delayMs));
    response.once('finish', () => this.onAnswered());
    response.writeHead(status, { 'content-type': 'text/plain', ...headers }).end(status === 204 ? undefined : body);
  }
}

/** A receiver on any free port. */
export function startReceiver(options: ReceiverOptions = {}): Promise<Receiver> {
  return new Receiver(options).listen();
}
