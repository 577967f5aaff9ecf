const LINE_FEED = 0x0a;
/** Longer lines are truncated: the status is at the start, and a header line only has to be non-empty. */
const MAX_LINE = 64;
const STATUS_LINE = /^HTTP\/\d\.\d [1-9]\d\d(?: |\r?$)/;
const CONTINUE = /^HTTP\/1\.\d 100/;
/** Offset of the first digit of the status. */
const STATUS_AT = 9;
/** Covers the headers and the start of the body that are stored. */
const MAX_KEPT_BYTES = 32_768;

/**
 * Reads the bytes of an answer before undici's parser, which rejects a whole answer for oddities after its status line.
 * Success depends only on the final status line (RFC 9112 §4), so that is read here; the rest is used only if the
 * parser has rejected it.
 */
export class AnswerHead {
  /** The final status; 0 until its line is complete. Interim responses (1xx, RFC 9110 §15.2) are skipped. */
  status = 0;
  private line = '';
  private interim = false;
  private notHttp = false;
  private kept: Buffer[] | null = null;
  private keptBytes = 0;
  /** Offset of the headers in `kept`. */
  private headersAt = 0;

  /**
   * Rewrites an unrequested `100` to `102` in place: undici accepts any other interim response.
   */
  read(chunk: Buffer): void {
    let at = 0;
    while (this.status === 0 && at < chunk.length && !this.notHttp) {
      const end = chunk.indexOf(LINE_FEED, at);
      const stop = end === -1 ? chunk.length : end;
      const begun = this.line.length;
      this.line += chunk.toString('latin1', at, Math.min(stop, at + MAX_LINE - begun));
      const lastDigit = at + STATUS_AT + 2 - begun;
      if (lastDigit >= at && !this.interim && CONTINUE.test(this.line)) chunk[lastDigit] = 0x32;
      at = stop + 1;
      if (end !== -1) this.endLine();
    }
    if (this.status !== 0) this.keep(chunk, at);
  }

  /** What followed the status line: complete header lines, folded ones joined (RFC 9112 §5.2), and some of the body. */
  rest(): { headers: Record<string, string[]>; body: Buffer } {
    const bytes = Buffer.concat(this.kept ?? []).subarray(this.headersAt, this.headersAt + MAX_KEPT_BYTES);
    const text = bytes.toString('latin1');
    const lines: string[] = [];
    let at = 0;
    for (let end = text.indexOf('\n'); end !== -1; end = text.indexOf('\n', at)) {
      const line = text.slice(at, end).replace(/\r$/, '');
      at = end + 1;
      if (line === '') return { headers: headersOf(lines), body: bytes.subarray(at) };
      if (/^[ \t]/.test(line) && lines.length > 0) lines.push(`${lines.pop()} ${line.trim()}`);
      else lines.push(line);
    }
    return { headers: headersOf(lines), body: Buffer.alloc(0) };
  }

  private endLine(): void {
    const { line } = this;
    this.line = '';
    if (line === '' || line === '\r') this.interim = false;
    else if (!this.interim) {
      const status = STATUS_LINE.test(line) ? Number(line.slice(STATUS_AT, STATUS_AT + 3)) : 0;
      this.interim = status >= 100 && status < 200;
      this.notHttp = status === 0;
      if (status >= 200) this.status = status;
    }
  }

  private keep(chunk: Buffer, from: number): void {
    if (!this.kept) this.headersAt = from;
    this.kept ??= [];
    if (this.keptBytes < this.headersAt + MAX_KEPT_BYTES) this.kept.push(chunk);
    this.keptBytes += chunk.length;
  }
}

function headersOf(lines: string[]): Record<string, string[]> {
  // No prototype: "constructor" is a valid header name.
  const headers = Object.create(null) as Record<string, string[]>;
  for (const line of lines) {
    const colon = line.indexOf(':');
    if (colon > 0) (headers[line.slice(0, colon).trim().toLowerCase()] ??= []).push(line.slice(colon + 1).trim());
  }
  return headers;
}
