import { assertNever } from './assert-never';

/** One request of ours, as it can be sent again by hand. */
export interface SentRequest {
  url: string;
  headers: Record<string, string>;
  body: string;
}

export type CodeKind = 'cURL' | 'Node' | 'Python' | 'JSON';

export const CODE_KINDS: readonly CodeKind[] = ['cURL', 'Node', 'Python', 'JSON'];

/** What a client works out by itself; sent again by hand they break the request. */
const LEFT_TO_THE_CLIENT = new Set(['host', 'content-length', 'connection', 'accept-encoding', 'transfer-encoding']);

/** The log keeps the ends of secret values only; a server that gets such an end refuses the message. */
const MASK = '…';

/** The request as something that a developer can run or read. What cannot be right any more is left out, and it says so. */
export function requestCode(kind: CodeKind, request: SentRequest): string {
  const wanted = Object.entries(request.headers).filter(([name]) => !LEFT_TO_THE_CLIENT.has(name.toLowerCase()));
  const headers = wanted.filter(([, value]) => !value.includes(MASK));
  const hidden = wanted.filter(([, value]) => value.includes(MASK)).map(([name]) => name);
  const note =
    hidden.length > 0
      ? `Left out, because we keep only the end of it: ${hidden.join(', ')}. A signature check will fail.`
      : null;
  switch (kind) {
    case 'cURL':
      return curl(request, headers, note);
    case 'Node':
      return node(request, headers, note);
    case 'Python':
      return python(request, headers, note);
    case 'JSON':
      return json(request, headers, hidden);
    default:
      return assertNever(kind);
  }
}

type Headers = readonly (readonly [name: string, value: string])[];

/** Quoted for a POSIX shell. */
function curl({ url, body }: SentRequest, headers: Headers, note: string | null): string {
  return [
    ...(note ? [`# ${note}`] : []),
    `curl -X POST ${shell(url)} \\`,
    ...headers.map(([name, value]) => `  -H ${shell(`${name}: ${value}`)} \\`),
    `  --data-raw ${shell(body)}`,
  ].join('\n');
}

function shell(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

function node({ url, body }: SentRequest, headers: Headers, note: string | null): string {
  return [
    ...(note ? [`// ${note}`] : []),
    `const response = await fetch(${quoted(url)}, {`,
    `  method: 'POST',`,
    '  headers: {',
    ...headers.map(([name, value]) => `    ${quoted(name)}: ${quoted(value)},`),
    '  },',
    `  body: ${quoted(body)},`,
    '});',
    'console.log(response.status, await response.text());',
  ].join('\n');
}

function python({ url, body }: SentRequest, headers: Headers, note: string | null): string {
  return [
    ...(note ? [`# ${note}`] : []),
    'import urllib.request',
    '',
    'request = urllib.request.Request(',
    `    ${quoted(url)},`,
    '    method="POST",',
    '    headers={',
    ...headers.map(([name, value]) => `        ${quoted(name)}: ${quoted(value)},`),
    '    },',
    `    data=${quoted(body)}.encode(),`,
    ')',
    'with urllib.request.urlopen(request) as response:',
    '    print(response.status, response.read().decode())',
  ].join('\n');
}

/** JSON's strings mean the same in JavaScript and in Python. */
function quoted(text: string): string {
  return JSON.stringify(text);
}

/** JSON has no comments: what was left out is named in a field. */
function json({ url, body }: SentRequest, headers: Headers, hidden: readonly string[]): string {
  const left = hidden.length > 0 ? { headers_left_out: hidden } : {};
  return JSON.stringify({ method: 'POST', url, headers: Object.fromEntries(headers), ...left, body }, null, 2);
}
