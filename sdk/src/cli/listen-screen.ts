import { emitKeypressEvents } from 'node:readline';
import { answerOf, compactLine, isSuccess, parsed } from './listen-lines.js';
import type { Entry } from './listen-session.js';
import { coloured, cut, printable } from './terminal.js';

/*
 * The full screen of `listen`: the newest requests, and one of them in detail. Plain ANSI on the alternate screen,
 * which is left however the program ends.
 */

const MAX_ENTRIES = 500;
const ENTER_SCREEN = '\x1b[?1049h\x1b[?25l';
const LEAVE_SCREEN = '\x1b[?25h\x1b[?1049l';
const HELP = 'j/k move   d details   r resend   o open in the app   q quit';

export interface ScreenActions {
  resend(entry: Entry): Promise<string>;
  open(entry: Entry): string;
  quit(): void;
}

interface Key {
  name?: string;
  ctrl?: boolean;
}

export class ListenScreen {
  /** Newest first. */
  readonly #entries: Entry[] = [];
  #selected = 0;
  #showsDetails = false;
  /** How many lines of the details have scrolled off the top. */
  #scrolled = 0;
  #state: string | null = 'connecting';
  #notice = '';

  constructor(
    private readonly title: string,
    private readonly actions: ScreenActions,
  ) {}

  open(): void {
    process.stdout.write(ENTER_SCREEN);
    process.once('exit', this.#leave);
    emitKeypressEvents(process.stdin);
    process.stdin.setRawMode(true);
    process.stdin.on('keypress', this.#onKey).resume();
    process.stdout.on('resize', this.draw);
    this.draw();
  }

  close(): void {
    process.stdout.off('resize', this.draw);
    process.stdin.off('keypress', this.#onKey).pause();
    process.off('exit', this.#leave);
    this.#leave();
  }

  readonly #leave = (): void => {
    process.stdin.setRawMode(false);
    process.stdout.write(LEAVE_SCREEN);
  };

  show(entry: Entry): void {
    if (!this.#entries.includes(entry)) {
      this.#entries.unshift(entry);
      // Keep the same request selected.
      if (this.#selected > 0 || this.#showsDetails) this.#selected = Math.min(this.#selected + 1, MAX_ENTRIES - 1);
      this.#entries.length = Math.min(this.#entries.length, MAX_ENTRIES);
    }
    this.draw();
  }

  state(line: string | null): void {
    this.#state = line;
    this.draw();
  }

  readonly draw = (): void => {
    const { columns, rows } = process.stdout;
    const lines = [coloured('bold', cut(this.title, columns)), '', ...this.#body(columns, rows - 4)];
    while (lines.length < rows - 2) lines.push('');
    const status = cut(this.#notice || this.#state || 'connected', columns);
    lines.push(coloured(this.#state ? 'yellow' : 'green', status), cut(HELP, columns));
    process.stdout.write(`\x1b[H${lines.map((line) => `${line}\x1b[K`).join('\r\n')}\x1b[J`);
  };

  #body(columns: number, rows: number): string[] {
    const chosen = this.#entries[this.#selected];
    if (!chosen) return ['Nothing has arrived yet.'];
    if (this.#showsDetails) {
      const details = detailsOf(chosen);
      this.#scrolled = Math.max(0, Math.min(this.#scrolled, details.length - rows));
      return details.slice(this.#scrolled, this.#scrolled + rows).map((line) => cut(line, columns));
    }
    const from = Math.max(0, Math.min(this.#selected - Math.floor(rows / 2), this.#entries.length - rows));
    return this.#entries.slice(from, from + rows).map((entry, index) => {
      const isChosen = from + index === this.#selected;
      const line = cut(`${isChosen ? '>' : ' '} ${compactLine(entry, { colours: false })}`, columns);
      if (isChosen) return `\x1b[7m${line}\x1b[0m`;
      return entry.result === null || isSuccess(entry) ? line : coloured('red', line);
    });
  }

  readonly #onKey = (_text: string | undefined, { name, ctrl }: Key): void => {
    const chosen = this.#entries[this.#selected];
    this.#notice = '';
    if (name === 'q' || (ctrl && name === 'c')) return this.actions.quit();
    if (name === 'j' || name === 'down') this.#move(1);
    else if (name === 'k' || name === 'up') this.#move(-1);
    else if (name === 'd' || name === 'return') {
      this.#showsDetails = !this.#showsDetails;
      this.#scrolled = 0;
    } else if (name === 'escape') this.#showsDetails = false;
    else if (name === 'r' && chosen) void this.#resend(chosen);
    else if (name === 'o' && chosen) this.#notice = this.actions.open(chosen);
    this.draw();
  };

  #move(by: 1 | -1): void {
    if (this.#showsDetails) this.#scrolled += by;
    else this.#selected = Math.max(0, Math.min(this.#selected + by, this.#entries.length - 1));
  }

  async #resend(entry: Entry): Promise<void> {
    this.#notice = await this.actions.resend(entry);
    this.draw();
  }
}

function detailsOf(entry: Entry): string[] {
  const { request, result } = entry;
  const body = printable(JSON.stringify(parsed(request.body), null, 2)).split('\n');
  const headers = Object.entries(request.headers).map(([name, value]) => printable(`  ${name}: ${value}`));
  const answer = result && 'status' in result && result.body ? printable(result.body).split('\n') : [];
  const title = `${printable(request.event)}, delivery ${request.delivery_id}`;
  return [title, '', `Answer: ${answerOf(entry)}`, ...answer, '', 'Message:', ...headers, ...body];
}
