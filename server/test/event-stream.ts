/* A client for server-sent events. */

export interface StreamEvent {
  type: string;
  id: string;
  retry?: string;
  data: Record<string, unknown>;
}

export class EventStream {
  readonly events: StreamEvent[] = [];
  /** Ended by the server or by `close`. */
  ended = false;
  readonly #abort = new AbortController();
  status = 0;
  headers = new Headers();
  /** Body of an error response. */
  problem: Record<string, unknown> = {};

  static async open(
    origin: string,
    headers: Record<string, string>,
    path = '/api/recruiter/stream',
  ): Promise<EventStream> {
    const stream = new EventStream();
    const answer = await fetch(`${origin}${path}`, { headers, signal: stream.#abort.signal });
    stream.status = answer.status;
    stream.headers = answer.headers;
    if (answer.status === 200) void stream.#read(answer.body!);
    else stream.problem = (await answer.json()) as Record<string, unknown>;
    return stream;
  }

  of(type: string): StreamEvent[] {
    return this.events.filter((event) => event.type === type);
  }

  /** The last data of this type, with this `id` if given. */
  last(type: string, id?: unknown): Record<string, unknown> | undefined {
    return this.of(type).findLast(({ data }) => id === undefined || data['id'] === id)?.data;
  }

  get lastId(): string {
    return this.events.at(-1)!.id;
  }

  close(): void {
    this.#abort.abort();
  }

  async #read(body: ReadableStream<Uint8Array>): Promise<void> {
    let text = '';
    const decoder = new TextDecoder();
    try {
      for await (const chunk of body) {
        text += decoder.decode(chunk, { stream: true });
        const blocks = text.split('\n\n');
        text = blocks.pop()!;
        for (const block of blocks) if (block.trim() !== '') this.events.push(parse(block));
      }
    } catch {
      // Closed by either side.
    }
    this.ended = true;
  }
}

function parse(block: string): StreamEvent {
  const lines = block.trim().split('\n');
  const fields = Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]),
  );
  const { event, id, retry, data } = fields;
  return {
    type: event ?? 'message',
    id: id ?? '',
    ...(retry !== undefined && { retry }),
    data: JSON.parse(data ?? '{}'),
  };
}
