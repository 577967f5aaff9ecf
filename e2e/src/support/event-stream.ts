/* Server-sent events as a program reads them: with a key in the header. */

interface StreamEvent {
  type: string;
  id: string;
  /** When it arrived, by Date.now(). */
  atMs: number;
  data: Record<string, unknown>;
}

export class EventStream {
  readonly events: StreamEvent[] = [];
  /** The server ended it, or `close` did. */
  ended = false;
  readonly #abort = new AbortController();

  /** Resolves with the first heartbeat: from then on, every change is streamed. */
  static async open(url: string, key: string, lastId?: string): Promise<EventStream> {
    const stream = new EventStream();
    const answer = await fetch(`${url}/api/recruiter/stream`, {
      headers: { authorization: `Bearer ${key}`, ...(lastId !== undefined && { 'last-event-id': lastId }) },
      signal: stream.#abort.signal,
    });
    if (answer.status !== 200) throw new Error(`${answer.status} ${await answer.text()}`);
    await new Promise<void>((resolve) => void stream.#read(answer.body!, resolve));
    return stream;
  }

  of(type: string): StreamEvent[] {
    return this.events.filter((event) => event.type === type);
  }

  close(): void {
    this.#abort.abort();
  }

  async #read(body: ReadableStream<Uint8Array>, begun: () => void): Promise<void> {
    let text = '';
    const decoder = new TextDecoder();
    try {
      for await (const chunk of body) {
        text += decoder.decode(chunk, { stream: true });
        const blocks = text.split('\n\n');
        text = blocks.pop()!;
        for (const block of blocks) if (block.trim() !== '') this.events.push(parse(block));
        if (this.events.length > 0) begun();
      }
    } catch {
      // Cut off by either side.
    }
    this.ended = true;
    begun();
  }
}

function parse(block: string): StreamEvent {
  const lines = block.trim().split('\n');
  const field = (name: string) => lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2) ?? '';
  return {
    type: field('event'),
    id: field('id'),
    atMs: Date.now(),
    data: JSON.parse(field('data')) as StreamEvent['data'],
  };
}
