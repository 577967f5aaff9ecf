/** What curl works out by itself; sent again by hand they break the request. */
const LEFT_TO_CURL = new Set(['host', 'content-length', 'connection', 'accept-encoding', 'transfer-encoding']);

/** The request of one try as a command that a developer can run, quoted for a POSIX shell. */
export function toCurl(request: { url: string; headers: Record<string, string>; body: string }): string {
  const headers = Object.entries(request.headers)
    .filter(([name]) => !LEFT_TO_CURL.has(name.toLowerCase()))
    .map(([name, value]) => `  -H ${quote(`${name}: ${value}`)} \\`);
  return [`curl -X POST ${quote(request.url)} \\`, ...headers, `  --data-raw ${quote(request.body)}`].join('\n');
}

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
