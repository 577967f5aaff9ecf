import type { LiveMessages } from '../api/live/messages';

/** Server-sent events without a server: tests send the messages. Every stream that the app opens is kept. */
export class FakeStream extends EventTarget {
  static readonly CLOSED = 2;
  static opened: FakeStream[] = [];

  /** Replaces the browser's, as if no page had been open before. */
  static install(): void {
    FakeStream.opened = [];
    Object.defineProperty(globalThis, 'EventSource', { value: FakeStream, configurable: true, writable: true });
  }

  static uninstall(): void {
    Reflect.deleteProperty(globalThis, 'EventSource');
  }

  /** Those that are open now. */
  static get open(): FakeStream[] {
    return FakeStream.opened.filter(({ readyState }) => readyState !== FakeStream.CLOSED);
  }

  readyState = 0;

  constructor(readonly url: string) {
    super();
    FakeStream.opened.push(this);
  }

  close(): void {
    this.readyState = FakeStream.CLOSED;
  }

  connect(): void {
    this.readyState = 1;
    this.dispatchEvent(new Event('open'));
  }

  /** Cuts the connection; the browser reconnects. */
  cut(): void {
    this.readyState = 0;
    this.dispatchEvent(new Event('error'));
  }

  /** Refuses the connection; the browser gives up. */
  refuse(): void {
    this.readyState = FakeStream.CLOSED;
    this.dispatchEvent(new Event('error'));
  }

  heartbeat(): void {
    this.dispatchEvent(new MessageEvent('heartbeat', { data: '{}' }));
  }

  say<Name extends keyof LiveMessages>(event: Name, data: LiveMessages[Name]): void {
    this.dispatchEvent(new MessageEvent(event, { data: JSON.stringify(data) }));
  }
}
