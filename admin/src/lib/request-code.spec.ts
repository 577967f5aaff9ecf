import { spawnSync } from 'node:child_process';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { hexDump } from './hex-dump';
import { requestCode } from './request-code';

const BODY = `{"name":"O'Brien \\"Zoë\\" 😀","path":"C:\\\\x"}`;
const MASKED = { 'x-webhook-signature': 'sha256=…a1b2', authorization: '…' };

describe('copy the request as code', () => {
  it('repeats it for a shell, and quotes what a shell would read', () => {
    const command = requestCode('cURL', {
      url: 'https://example.com/a?b=1&c=2',
      headers: { 'content-type': 'application/json', host: 'example.com', 'content-length': '9' },
      body: `{"name":"O'Brien"}`,
    });
    expect(command).toBe(
      [
        `curl -g -X POST 'https://example.com/a?b=1&c=2' \\`,
        `  -H 'content-type: application/json' \\`,
        `  --data-raw '{"name":"O'\\''Brien"}'`,
      ].join('\n'),
    );
  });

  it('leaves out the headers of which only the end is kept, and says so', () => {
    const request = { url: 'https://example.com/', headers: { ...MASKED, 'webhook-id': 'e1' }, body: BODY };
    for (const kind of ['cURL', 'Node', 'Python'] as const) {
      const [first, ...rest] = requestCode(kind, request).split('\n');
      expect(first).toMatch(
        /^(#|\/\/) Left out, because we keep only the last characters: x-webhook-signature, authorization\./,
      );
      expect(rest.join('\n')).toContain('webhook-id');
      expect(rest.join('\n')).not.toContain('…');
    }
    expect(JSON.parse(requestCode('JSON', request))).toEqual({
      method: 'POST',
      url: 'https://example.com/',
      headers: { 'webhook-id': 'e1' },
      headers_left_out: ['x-webhook-signature', 'authorization'],
      body: BODY,
    });
  });
});

const INVISIBLE = '\u202e\u001b\u009b\u007f\u200b\u2028';

describe('invisible characters', () => {
  it.each(['cURL', 'Node', 'Python', 'JSON'] as const)('are escaped, and mean the same: %s', (kind) => {
    const data = { [INVISIBLE]: `a${INVISIBLE}b😀\n` };
    const code = requestCode(kind, { url: 'https://example.com/', headers: {}, body: JSON.stringify(data) });
    expect(code).not.toMatch(/[\p{Cf}\p{Zl}\p{Zp}]|(?!\n)\p{Cc}/u);
    expect(code).toContain('😀');
    const [, text] = /--data-raw '(.*)'$/.exec(code) ?? [];
    if (kind === 'cURL') expect(JSON.parse(text!)).toEqual(data);
    if (kind === 'JSON') expect(JSON.parse((JSON.parse(code) as { body: string }).body)).toEqual(data);
  });
});

/** What the code of each kind really sends, where the machine has the language. */
describe('the copied code, when it is run,', () => {
  const got: { headers: IncomingMessage['headers']; body: string }[] = [];
  const server = createServer((asked, answer) => {
    let body = '';
    asked.setEncoding('utf8').on('data', (text: string) => (body += text));
    asked.on('end', () => {
      got.push({ headers: asked.headers, body });
      answer.end('fine');
    });
  });
  beforeAll(() => new Promise<void>((done) => void server.listen(0, '127.0.0.1', done)));
  afterAll(() => new Promise((done) => void server.close(done)));
  beforeEach(() => {
    got.length = 0;
  });

  it.each([
    ['cURL', 'sh', '-c'],
    ['Node', 'node', '--input-type=module', '-e'],
    ['Python', 'python3', '-c'],
  ] as const)('sends the same bytes: %s', async (kind, program, ...flags) => {
    if (kind === 'cURL' && spawnSync('curl', ['--version']).status !== 0) return;
    if (spawnSync(program, ['-c', '0']).error) return;
    const { port } = server.address() as AddressInfo;
    const headers = { ...MASKED, 'content-type': 'application/json', 'webhook-id': 'e1' };
    const sent = JSON.stringify({ ...(JSON.parse(BODY) as object), unseen: INVISIBLE });
    const code = requestCode(kind, { url: `http://127.0.0.1:${port}/in[1-3]?x={a,b}`, headers, body: sent });
    await run(program, [...flags, code]);
    // In a shell the escape is JSON's own.
    const bytes = kind === 'cURL' ? JSON.stringify(JSON.parse(got[0]!.body)) : got[0]!.body;
    expect([got.length, bytes]).toEqual([1, sent]);
    expect(got[0]?.headers).toMatchObject({ 'webhook-id': 'e1', 'content-type': 'application/json' });
    expect(got[0]?.headers).not.toHaveProperty('x-webhook-signature');
  });
});

async function run(program: string, args: readonly string[]): Promise<void> {
  const { execFile } = await import('node:child_process');
  await new Promise<void>((done, fail) => {
    execFile(program, args, (error, _out, problems) => {
      if (error) fail(new Error(problems));
      else done();
    });
  });
}

describe('bytes that are not text', () => {
  it('are shown with their place and the letters among them', () => {
    expect(hexDump('1f8b0800ff42504f43')).toBe('0000  1f 8b 08 00 ff 42 50 4f 43                       .....BPOC');
    expect(hexDump('00'.repeat(17)).split('\n')[1]).toMatch(/^0010 {2}00 {2,}\.$/);
  });
});
