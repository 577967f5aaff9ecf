import type { Dispatcher } from 'undici';
import { AnswerHead, type BodyText, plainHeaders, readBody, type ReceivedHeaders } from './answer.js';
import type { OriginPool, PooledRequest, Slot } from './connection-pool.js';
import { failureOf, isHangUp, OutboundFailure, timeoutFailure } from './failure.js';
import type { ConnectTiming } from './guarded-connector.js';
import type { PostResult, Timing } from './post-result.js';

export interface ExchangeLimits {
  /** From the start to the status line, which decides success. */
  attemptTimeoutMs: number;
  /** From the status line to the end of the body. */
  bodyGraceMs: number;
  /** From the start to the end of the body. */
  hardLimitMs: number;
  responseLimitBytes: number;
}

/** Far above the 16 KiB of headers that undici accepts. */
const MAX_HEAD_BYTES = 262_144;
const REUSED: ConnectTiming = { dnsMs: null, connectMs: null, tlsMs: null };

/**
 * One request and its outcome. It ends exactly once, at the latest when its owner calls `checkTime` after `deadlineAt`.
 * The first deadline is for the status line, which decides success; the second is for the body.
 */
export class Exchange implements PooledRequest, Timed {
  done = false;
  index = 0;
  readonly startedAt = performance.now();
  deadlineAt: number;
  private slot: Slot | null = null;
  private connectTiming = REUSED;
  private reconnected = false;
  private sentAt = 0;
  private statusAt = 0;
  private answerBegun = false;
  private bytesBefore = 0;
  private status = 0;
  /** Set until the parser has accepted the headers. */
  private head: AnswerHead | null = null;
  private headers: Record<string, string> = {};
  private headersCut = false;
  private readonly chunks: Buffer[] = [];
  private received = 0;

  constructor(
    readonly options: Dispatcher.DispatchOptions,
    private readonly pool: OriginPool,
    private readonly limits: ExchangeLimits,
    private readonly onEnd: (exchange: Exchange, result: PostResult | Promise<PostResult>) => void,
  ) {
    this.deadlineAt = this.startedAt + limits.attemptTimeoutMs;
  }

  start(): void {
    try {
      this.pool.start(this);
    } catch (error) {
      this.fail(failureOf(error));
    }
  }

  assigned(slot: Slot): void {
    this.slot = slot;
    this.connectTiming = REUSED;
    this.bytesBefore = slot.socket?.bytesRead ?? 0;
  }

  connecting(timing: ConnectTiming): void {
    this.connectTiming = timing;
    this.bytesBefore = 0;
  }

  /** Called by the owner's clock many times a second. */
  checkTime(now: number): void {
    if (now >= this.deadlineAt) this.timeOut();
    else if (this.head && this.isFlooding()) {
      if (this.status !== 0) this.answer(true);
      else this.fail(new OutboundFailure('bad_answer', 'The answer went on for too long before its status.'));
    }
  }

  /** Bytes received before this are no answer to this request. */
  onRequestStart(): void {
    this.sentAt = performance.now();
    this.head = new AnswerHead();
    this.slot?.socket?.on('data', this.onBytes);
  }

  onResponseStart(_: unknown, status: number, headers: ReceivedHeaders): void {
    if (this.done || status < 200) return;
    if (this.status === 0) this.onStatus(status);
    this.stopReadingHead();
    this.keepHeaders(headers);
  }

  onResponseData(_: unknown, chunk: Buffer): void {
    if (this.done) return;
    const left = this.limits.responseLimitBytes - this.received;
    this.received += chunk.length;
    this.chunks.push(chunk.length > left ? chunk.subarray(0, left) : chunk);
    if (chunk.length > left) this.answer(true);
  }

  onResponseEnd(): void {
    if (!this.done) this.answer(false);
  }

  onResponseError(_: unknown, error: Error): void {
    if (this.done) return;
    if (this.status !== 0) this.answer(true);
    else if (this.isStale(error)) this.reconnect();
    else this.fail(failureOf(error, this.answerBegun));
  }

  /** Runs before undici sees these bytes: 'data' is emitted before `read()` returns them to undici. */
  private readonly onBytes = (chunk: Buffer): void => {
    this.answerBegun = true;
    this.head?.read(chunk);
    if (this.status === 0 && this.head?.status) this.onStatus(this.head.status);
  };

  private onStatus(status: number): void {
    this.statusAt = performance.now();
    // The deadline may have passed since the last tick of the coarse clock.
    if (this.statusAt >= this.deadlineAt) {
      this.timeOut();
      return;
    }
    this.status = status;
    const { bodyGraceMs, hardLimitMs } = this.limits;
    this.deadlineAt = Math.min(this.statusAt + bodyGraceMs, this.startedAt + hardLimitMs);
  }

  private keepHeaders(received: ReceivedHeaders): void {
    const { headers, cut } = plainHeaders(received);
    this.headers = headers;
    this.headersCut = cut;
  }

  private stopReadingHead(): void {
    this.slot?.socket?.off('data', this.onBytes);
    this.head = null;
  }

  /** The receiver closed a kept-alive connection while we wrote. As no answer came, it most likely read nothing. */
  private isStale(error: Error): boolean {
    return this.connectTiming === REUSED && !this.reconnected && !this.answerBegun && isHangUp(error);
  }

  private reconnect(): void {
    this.reconnected = true;
    this.sentAt = 0;
    this.leaveSlot(false);
    this.pool.startOnNewConnection(this);
  }

  private isFlooding(): boolean {
    return (this.slot?.socket?.bytesRead ?? 0) - this.bytesBefore > MAX_HEAD_BYTES;
  }

  private timeOut(): void {
    if (this.status !== 0) this.answer(true);
    else this.fail(timeoutFailure(this.slot?.slowStepSince(this.startedAt) ?? 'answer', this.limits.attemptTimeoutMs));
  }

  private answer(cutShort: boolean): void {
    if (this.head) this.keepRejectedAnswer(this.head);
    const { chunks, headers } = this;
    const truncated = cutShort || this.headersCut;
    const body = readBody({ chunks, headers, truncated }, this.limits.responseLimitBytes);
    const timing = this.timing();
    const result =
      body instanceof Promise ? body.then((text) => this.answered(text, timing)) : this.answered(body, timing);
    this.end(result, !cutShort);
  }

  private answered({ text: body, encoding, truncated }: BodyText, timing: Timing): PostResult {
    const { status, headers, reconnected } = this;
    return { kind: 'answered', status, headers, body, encoding, truncated, reconnected, ...timing };
  }

  /** The parser rejected the headers, so they are taken from the bytes read here. */
  private keepRejectedAnswer(head: AnswerHead): void {
    const { headers, body } = head.rest();
    this.keepHeaders(headers);
    if (body.length > 0) this.chunks.push(body);
  }

  private fail({ reason, detail, certificateExpiredAt }: OutboundFailure): void {
    const expiry = certificateExpiredAt ? { certificateExpiredAt } : {};
    const { reconnected } = this;
    this.end({ kind: 'failed', reason, detail, reconnected, ...this.timing(), ...expiry }, false);
  }

  private end(result: PostResult | Promise<PostResult>, connectionIsGood: boolean): void {
    this.done = true;
    this.leaveSlot(connectionIsGood);
    this.onEnd(this, result);
  }

  private leaveSlot(connectionIsGood: boolean): void {
    if (this.head) this.stopReadingHead();
    const slot = this.slot;
    this.slot = null;
    if (connectionIsGood) slot?.release();
    else slot?.discard();
  }

  private timing(): Timing {
    const firstByteMs = this.status === 0 ? null : Math.round(this.statusAt - this.sentAt);
    const totalMs = Math.round(performance.now() - this.startedAt);
    const { dnsMs, connectMs, tlsMs } = this.connectTiming;
    return { dnsMs, connectMs, tlsMs, firstByteMs, totalMs };
  }
}

export interface Timed {
  /** Its index in the list, maintained by InFlight. */
  index: number;
  checkTime(now: number): void;
}

/**
 * An unordered set as an array: removal moves the last member into the gap. A Set took a quarter of the CPU time of a
 * POST (24 against 18 µs): it replaces its table every few dozen changes, and each discarded table references the next
 * one, so that every request that was ever in it lives until a full garbage collection.
 */
export class InFlight {
  private readonly members: Timed[] = [];

  get size(): number {
    return this.members.length;
  }

  add(member: Timed): void {
    member.index = this.members.length;
    this.members.push(member);
  }

  remove(member: Timed): void {
    const last = this.members.pop();
    if (!last || last === member) return;
    this.members[member.index] = last;
    last.index = member.index;
  }

  /** Goes backwards: a member that ends is replaced by one that was already checked. */
  checkTime(now: number): void {
    for (let index = this.members.length - 1; index >= 0; index -= 1) this.members[index]?.checkTime(now);
  }
}
