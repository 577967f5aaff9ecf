/** A request of the server that can be repeated by hand. */
interface SentRequest {
  url: string;
  headers: Record<string, string>;
  body: string;
}

type CodeKind = 'cURL' | 'Node' | 'Python' | 'JSON';

export const CODE_KINDS: readonly CodeKind[] = ['cURL', 'Node', 'Python', 'JSON'];

/** Set by the HTTP client; copied, they would break the request. */
const LEFT_TO_THE_CLIENT = new Set(['host', 'content-length', 'connection', 'accept-encoding', 'transfer-encoding']);

/** Replaces what the log does not keep: values of custom headers, digits of signatures. */
const MASK = '…';

/**
 * Invisible characters that affect a terminal into which they are pasted, or the direction of text. Line breaks are our
 * own; those of a body are already written as \n. Up to U+FFFF, because Python's escapes differ beyond that.
 */
const INVISIBLE = /(?![\n\u{10000}-\u{10ffff}])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/** The request as code that a developer can run. It leaves out what is no longer valid, and says so. */
export function requestCode(kind: CodeKind, request: SentRequest): string {
  const wanted = Object.entries(request.headers).filter(([name]) => !LEFT_TO_THE_CLIENT.has(name.toLowerCase()));
  const headers = wanted.filter(([, value]) => !value.includes(MASK));
  const hidden = wanted.filter(([, value]) => value.includes(MASK)).map(([name]) => name);
  // They occur only in JSON, JavaScript or Python strings, where the escape means the same.
  return WRITERS[kind](request, headers, hidden).replace(INVISIBLE, escaped);
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

type Headers = readonly (readonly [name: string, value: string])[];

/** Quoted for a POSIX shell. */
function curl({ url, body }: SentRequest, headers: Headers, hidden: readonly string[]): string {
  return [
    ...note('#', hidden),
    // -g: without it, curl makes many requests of [1-3] and {a,b} in an address.
    `curl -g -X POST ${shell(url)} \\`,
    ...headers.map(([name, value]) => `  -H ${shell(`${name}: ${value}`)} \\`),
    `  --data-raw ${shell(body)}`,
  ].join('\n');
}

function shell(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

function node({ url, body }: SentRequest, headers: Headers, hidden: readonly string[]): string {
  return [
    ...note('//', hidden),
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

function python({ url, body }: SentRequest, headers: Headers, hidden: readonly string[]): string {
  return [
    ...note('#', hidden),
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

function note(comment: string, hidden: readonly string[]): string[] {
  if (hidden.length === 0) return [];
  const left = `Left out, because we keep only the last characters: ${hidden.join(', ')}.`;
  return [`${comment} ${left} A signature check will fail.`];
}

/** JSON's strings mean the same in JavaScript and in Python. */
function quoted(text: string): string {
  return JSON.stringify(text);
}

/** JSON has no comments: a field names what was left out. */
function json({ url, body }: SentRequest, headers: Headers, hidden: readonly string[]): string {
  const left = hidden.length > 0 ? { headers_left_out: hidden } : {};
  return JSON.stringify({ method: 'POST', url, headers: Object.fromEntries(headers), ...left, body }, null, 2);
}

const WRITERS: Record<CodeKind, typeof curl> = { cURL: curl, Node: node, Python: python, JSON: json };
