import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from './server.js';

/* The commands that docs/operating.md prints, so that tests run what operators run. */

/** The code blocks of a section, with the password in place of `…`. Throws if there are none. */
export function commandsOf(section: string, language: 'sh' | 'sql' | 'ini', password: string): string {
  const manual = readFileSync(join(ROOT, 'docs/operating.md'), 'utf8');
  const text = manual.split(/^## /m).find((part) => part.startsWith(`${section}\n`)) ?? '';
  const blocks = [...text.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].filter((match) => match[1] === language);
  if (blocks.length === 0) throw new Error(`docs/operating.md prints no ${language} under "${section}"`);
  return blocks.map((match) => match[2]!.replaceAll('…', password)).join('');
}

/** An operator's working folder with docker/ of the repository and the programs of one PostgreSQL. */
export class OperatorDesk {
  readonly folder = mkdtempSync(join(tmpdir(), 'bpoc-operator-'));

  constructor(private readonly binaries: string) {
    symlinkSync(join(ROOT, 'docker'), join(this.folder, 'docker'));
  }

  /** Runs commands against the PostgreSQL of `url`, as its user. */
  run(commands: string, url: string): { code: number | null; output: string } {
    const { hostname, port, username, password } = new URL(url);
    const { status, stdout, stderr } = spawnSync('bash', ['-euo', 'pipefail', '-c', commands], {
      cwd: this.folder,
      encoding: 'utf8',
      env: {
        PATH: `${this.binaries}:${process.env['PATH']}`,
        PGHOST: hostname,
        PGPORT: port,
        PGUSER: username,
        PGPASSWORD: password,
      },
    });
    return { code: status, output: stdout + stderr };
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
