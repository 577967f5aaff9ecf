/*
 * Reads the plain YAML that docker-compose.yml keeps to: maps, lists of texts, one-line lists of quoted texts, comments of their own line,
 * two spaces a level. Everything else is an error, so the file stays one that any reader understands alike.
 */

export type Yaml = string | string[] | null | { [key: string]: Yaml };

interface Line {
  number: number;
  depth: number;
  text: string;
}

/** Parses the text; throws with the line number. */
export function parseSimpleYaml(source: string): Yaml {
  const lines = source.split('\n').flatMap((raw, index) => lineOf(raw, index + 1));
  const value = block(lines, 0);
  if (lines.length > 0) throw new Error(`line ${lines[0]!.number}: unexpected indentation`);
  return value;
}

function lineOf(raw: string, number: number): Line[] {
  if (/^\s*(#.*)?$/.test(raw)) return [];
  const [, spaces = '', text = ''] = /^( *)(\S.*)$/.exec(raw) ?? [];
  if (raw.includes('\t') || spaces.length % 2 === 1 || text.endsWith(' ')) throw new Error(`line ${number}: spaces`);
  return [{ number, depth: spaces.length / 2, text }];
}

function block(lines: Line[], depth: number): Yaml {
  return lines[0]?.text.startsWith('- ') ? list(lines, depth) : map(lines, depth);
}

function list(lines: Line[], depth: number): string[] {
  const items: string[] = [];
  while (lines[0]?.depth === depth && lines[0].text.startsWith('- ')) {
    const line = lines.shift()!;
    items.push(scalar(line.text.slice(2), line.number));
  }
  return items;
}

function map(lines: Line[], depth: number): Yaml {
  const entries: { [key: string]: Yaml } = {};
  while (lines[0]?.depth === depth) {
    const line = lines.shift()!;
    const [, key, rest] = /^([\w.-]+):(?: (.+))?$/.exec(line.text) ?? [];
    if (key === undefined || Object.hasOwn(entries, key))
      throw new Error(`line ${line.number}: not a key, or there twice`);
    if (rest !== undefined)
      entries[key] = rest.startsWith('[') ? inlineList(rest, line.number) : scalar(rest, line.number);
    else entries[key] = (lines[0]?.depth ?? 0) > depth ? block(lines, depth + 1) : null;
  }
  return entries;
}

function inlineList(text: string, number: number): string[] {
  if (!/^\['[^']*'(, '[^']*')*\]$/.test(text)) throw new Error(`line ${number}: a one-line list of quoted texts`);
  return [...text.matchAll(/'([^']*)'/g)].map((match) => match[1]!);
}

function scalar(text: string, number: number): string {
  if (/^'[^']*'$/.test(text)) return text.slice(1, -1);
  // A plain text must not begin like something else, nor hold what starts a map or a comment.
  if (/^['"[\]{}&*!|>%@`?-]/.test(text) || /: | #|:$/.test(text)) throw new Error(`line ${number}: quote this text`);
  return text;
}
