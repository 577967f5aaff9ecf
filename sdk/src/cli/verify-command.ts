import { readFile } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import { parseArgs } from 'node:util';
import type { VerifyInput } from '../message.js';
import { VerificationError, type VerificationCode } from '../verification-error.js';
import { verify } from '../verify.js';
import { coloured, print, say } from './terminal.js';
import { UsageError } from './usage-error.js';

const HELP = `bpoc-webhooks verify [file] [--secret-file file] [--at time] [--json]

Checks a request as it arrived and shows which step fails. The request is its headers, one per line, an empty line, and
the exact body, from a file or pasted (end with Ctrl-D).

  BPOC_WEBHOOK_SECRET    the secret of the webhook, whsec_…; or --secret-file
  --at <time>            when it arrived; default: now

  bpoc-webhooks verify request.txt --at 2026-01-22T10:30:00Z
`;

const OPTIONS = {
  'secret-file': { type: 'string' },
  at: { type: 'string' },
  json: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;

const STEPS: [name: string, codes: VerificationCode[]][] = [
  ['the secret is complete', ['bad_secret']],
  ['the headers are there', ['missing_header', 'bad_header']],
  ['the signature fits the body', ['signature_mismatch', 'body_rewritten', 'body_not_raw']],
  ['the time is within 5 minutes', ['too_old', 'too_new']],
  ['the body is a message of BPOC', ['bad_body']],
];

/** `verify`. Rejects if a step fails. */
export async function verifyCommand(args: string[]): Promise<void> {
  const { values, positionals } = parseArgs({ args, options: OPTIONS, allowPositionals: true });
  if (values.help) return void process.stdout.write(HELP);
  const [file, ...more] = positionals;
  if (more.length > 0) throw new UsageError('verify takes one file');
  const now = values.at === undefined ? Date.now() : Date.parse(values.at);
  if (Number.isNaN(now)) throw new UsageError('--at must be a time such as 2026-01-22T10:30:00Z');
  const secretFile = values['secret-file'];
  const secret = (secretFile ? await readFile(secretFile, 'utf8') : (process.env['BPOC_WEBHOOK_SECRET'] ?? '')).trim();
  if (!secret) throw new UsageError('set BPOC_WEBHOOK_SECRET or use --secret-file');
  if (file === undefined && process.stdin.isTTY) say('Paste the request, then press Ctrl-D.');
  const request = parseRequest(file === undefined ? await buffer(process.stdin) : await readFile(file));
  const error = problemOf({ ...request, secret, now });
  const wrong = error ? STEPS.findIndex(([, codes]) => codes.includes(error.code)) : STEPS.length;
  if (values.json) print(JSON.stringify({ valid: !error, ...(error && { code: error.code, detail: error.message }) }));
  else for (const [index, [name]] of STEPS.entries()) printStep(name, index - wrong, error);
  if (error) throw new Error('not valid');
}

const MISMATCHES = new Set<VerificationCode>(['signature_mismatch', 'body_rewritten']);

interface Request extends VerifyInput {
  body: Buffer;
}

function problemOf(request: Request): VerificationError | null {
  const error = tried(request);
  // Editors add a line break at the end of a file, which was not sent.
  if (!error || !MISMATCHES.has(error.code) || request.body.at(-1) !== 0x0a) return error;
  const without = Buffer.from(request.body.subarray(0, request.body.at(-2) === 0x0d ? -2 : -1));
  const again = tried({ ...request, body: without });
  return again && MISMATCHES.has(again.code) ? error : again;
}

function tried(request: Request): VerificationError | null {
  try {
    verify(request);
    return null;
  } catch (error) {
    if (error instanceof VerificationError) return error;
    throw error;
  }
}

/** The first line may be the request line. Parses bytes, because the signature covers bytes. */
function parseRequest(bytes: Buffer): { headers: Record<string, string>; body: Buffer } {
  const text = bytes.toString('latin1');
  const { 0: gap = '', index: end = text.length } = /\r?\n\r?\n/.exec(text) ?? {};
  const lines = text.slice(0, end).split(/\r?\n/);
  const headers = lines.flatMap((line) => {
    const [, name, value] = /^\s*([\w-]+)\s*:\s*(.*?)\s*$/.exec(line) ?? [];
    return name === undefined ? [] : [[name.toLowerCase(), value ?? ''] as const];
  });
  return { headers: Object.fromEntries(headers), body: bytes.subarray(end + gap.length) };
}

function printStep(name: string, place: number, error: VerificationError | null): void {
  if (place < 0) print(coloured('green', `ok     ${name}`));
  else if (place > 0) print(coloured('dim', `       ${name}`));
  else print(coloured('red', `wrong  ${name}: ${error!.message}`));
}
