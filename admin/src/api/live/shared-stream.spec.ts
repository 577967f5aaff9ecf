import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { waitFor } from '@testing-library/react';
import { FakeStream } from '../../test/fake-stream';
import type { LiveMessage } from './messages';
import { joinStream } from './shared-stream';

/* Two tabs of one browser: both parts of it that they share are played here, because jsdom has neither. */

const reset: LiveMessage = { event: 'reset', data: {} };

beforeEach(() => {
  FakeStream.install();
  Object.defineProperty(navigator, 'locks', { value: new FakeLocks(), configurable: true });
  Object.defineProperty(globalThis, 'BroadcastChannel', { value: FakeChannel, configurable: true });
});
/** Of the tabs that a test opened. */
const leaves: (() => void)[] = [];

afterEach(() => {
  for (const leave of leaves.splice(0)) leave();
  FakeStream.uninstall();
  Reflect.deleteProperty(navigator, 'locks');
  Reflect.deleteProperty(globalThis, 'BroadcastChannel');
  FakeChannel.all.clear();
});

describe('tabs of one browser', () => {
  it('share one stream, and both receive everything', async () => {
    const [one, two] = [openTab(), openTab()];
    await waitFor(() => expect(FakeStream.open).toHaveLength(1));
    FakeStream.open[0]!.connect();
    FakeStream.open[0]!.say('reset', {});
    await waitFor(() =>
      expect([one.received, two.received]).toEqual([
        ['open', reset],
        ['open', reset],
      ]),
    );
    expect(FakeStream.opened).toHaveLength(1);
  });

  it('opened later learn that the stream exists', async () => {
    openTab();
    await waitFor(() => expect(FakeStream.open).toHaveLength(1));
    FakeStream.open[0]!.connect();
    const late = openTab();
    await waitFor(() => expect(late.received).toEqual(['open']));
  });

  it('take over when the one that had it closes', async () => {
    const [one, two] = [openTab(), openTab()];
    await waitFor(() => expect(FakeStream.open).toHaveLength(1));
    one.leave();
    await waitFor(() => expect(FakeStream.opened).toHaveLength(2));
    expect(FakeStream.open).toHaveLength(1);
    FakeStream.open[0]!.connect();
    expect(two.received.at(-1)).toBe('open');
    two.leave();
    expect(FakeStream.open).toHaveLength(0);
  });

  it('of two people do not share', async () => {
    openTab('bpoc-live-u1');
    openTab('bpoc-live-u2');
    await waitFor(() => expect(FakeStream.open).toHaveLength(2));
  });

  it('without locks (no https) have their own', () => {
    Reflect.deleteProperty(navigator, 'locks');
    openTab();
    openTab();
    expect(FakeStream.open).toHaveLength(2);
  });
});

function openTab(name = 'bpoc-live-u1') {
  const received: unknown[] = [];
  const leave = joinStream(name, {
    onOpen: () => received.push('open'),
    onLost: () => received.push('lost'),
    onMessage: (message) => received.push(message),
  });
  leaves.push(leave);
  return { received, leave };
}

class FakeLocks {
  readonly #last = new Map<string, Promise<void>>();

  request(name: string, { signal }: { signal: AbortSignal }, work: () => Promise<void>): Promise<void> {
    const before = this.#last.get(name) ?? Promise.resolve();
    const mine = before.then(() => (signal.aborted ? undefined : work()));
    this.#last.set(name, mine);
    return mine;
  }
}

class FakeChannel extends EventTarget {
  static readonly all = new Set<FakeChannel>();

  constructor(readonly name: string) {
    super();
    FakeChannel.all.add(this);
  }

  postMessage(data: unknown): void {
    for (const other of FakeChannel.all) {
      if (other !== this && other.name === this.name) {
        queueMicrotask(() => other.dispatchEvent(new MessageEvent('message', { data })));
      }
    }
  }

  close(): void {
    FakeChannel.all.delete(this);
  }
}
