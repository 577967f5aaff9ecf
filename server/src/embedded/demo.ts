import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { createDemoAgency, type DemoAccess } from './demo-agency.js';
import { writeDurably } from './durable-file.js';

interface DemoOptions {
  url: string;
  dataDir: string;
  say: (line: string) => void;
}

/** What demo.json holds. */
interface DemoFile extends DemoAccess {
  url: string;
  /** URLs of earlier starts on this folder, newest first. Some of those servers may outlive the one at `url`. */
  earlier?: string[];
}

const MAX_EARLIER = 4;

/**
 * Creates the demo agency at the first start, and renews it if its file was lost. Its credentials go to demo.json (mode
 * 0600), with the URL of the newest start. The sign-in is printed once.
 */
export async function prepareDemo(app: NestFastifyApplication, { url, dataDir, say }: DemoOptions): Promise<void> {
  const file = join(dataDir, 'demo.json');
  const keep = async (created: DemoAccess | null) => {
    const content = created ? { ...created, url } : movedTo(url, JSON.parse(await readFile(file, 'utf8')) as DemoFile);
    await writeDurably(file, `${JSON.stringify(content, null, 2)}\n`);
  };
  const access = await createDemoAgency(app, { isKept: () => existsSync(file), keep });
  const link = `${url}/recruiter/api`;
  say(access ? signIn(link, access) : `Admin: ${link} (sign-in: see ${file})`);
}

function movedTo(url: string, { earlier = [], ...before }: DemoFile): DemoFile {
  const others = [before.url, ...earlier].filter((other) => other !== url).slice(0, MAX_EARLIER);
  return { ...before, url, ...(others.length > 0 && { earlier: others }) };
}

function signIn(link: string, { email, password }: DemoAccess): string {
  return [
    '',
    `  Admin      ${link}`,
    `  Email     ${email}`,
    `  Password   ${password}`,
    '  (kept in demo.json in the data folder)',
    '',
  ].join('\n');
}
