import { spawn, type ChildProcess } from 'node:child_process';
import { eventually } from './eventually.js';
import { ROOT, type Exit } from './server.js';

/** Another program of the repository (an example, a script), with its output kept. */
export class Program {
  readonly #child: ChildProcess;
  readonly exited: Promise<Exit>;
  output = '';

  constructor(command: string, args: string[], env: Record<string, string> = {}) {
    const { PATH, HOME, TMPDIR, LANG } = process.env;
    this.#child = spawn(command, args, {
      cwd: ROOT,
      env: { PATH, HOME, TMPDIR, LANG, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => (this.output += text));
    }
    this.exited = new Promise((resolve) => this.#child.on('close', (code, signal) => resolve({ code, signal })));
  }

  /** The address that it prints when it listens. */
  listening(): Promise<string> {
    return eventually(() => {
      const url = /listening on (https?:\/\/\S+)/.exec(this.output)?.[1];
      if (url === undefined) throw new Error(`it does not listen: ${this.output}`);
      return url;
    });
  }

  get pid(): number {
    return this.#child.pid!;
  }

  kill(signal: NodeJS.Signals = 'SIGTERM'): void {
    this.#child.kill(signal);
  }

  async stop(): Promise<void> {
    this.kill('SIGKILL');
    await this.exited;
  }
}
