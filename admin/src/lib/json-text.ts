/** Strings, punctuation, and words or numbers: everything in a JSON text except white space. */
const PIECE = /"[^"\\]*(?:\\.[^"\\]*)*"|[[\]{},:]|[^\s"[\]{},:]+/g;

/** Deeper JSON is unreadable, and the indentation of a hostile text would exhaust memory. */
const MAX_DEPTH = 100;

/** The tokens of a JSON text, or null if it is not JSON or too deeply nested. */
export function jsonPieces(text: string): string[] | null {
  try {
    JSON.parse(text);
  } catch {
    return null;
  }
  const pieces = text.match(PIECE) ?? [];
  let depth = 0;
  for (const piece of pieces) {
    if (piece === '{' || piece === '[') depth += 1;
    else if (piece === '}' || piece === ']') depth -= 1;
    if (depth > MAX_DEPTH) return null;
  }
  return pieces;
}

/**
 * JSON text formatted over lines; null for other text, which is shown as it is. Only white space differs: parsing and
 * serialising would round long numbers, drop duplicate keys and reorder others.
 */
export function prettyJson(text: string): string | null {
  const pieces = jsonPieces(text);
  if (pieces === null) return null;
  let depth = 0;
  const newLine = () => `\n${'  '.repeat(depth)}`;
  return pieces
    .map((piece, at) => {
      if (piece === ':') return ': ';
      if (piece === ',') return `,${newLine()}`;
      const opens = piece === '{' || piece === '[';
      const closes = piece === '}' || piece === ']';
      if (opens) depth += 1;
      if (closes) depth -= 1;
      const [before, next] = [pieces[at - 1], pieces[at + 1]];
      if (opens && next !== '}' && next !== ']') return piece + newLine();
      return closes && before !== '{' && before !== '[' ? newLine() + piece : piece;
    })
    .join('');
}

type TokenKind = 'key' | 'string' | 'number' | 'word' | 'comment' | 'name' | 'plain';

export interface Token {
  kind: TokenKind;
  text: string;
}

/** The text of the tokens. */
export function textOf(tokens: readonly Token[]): string {
  return tokens.map(({ text }) => text).join('');
}

const TOKEN = /("(?:[^"\\]|\\.)*")(\s*:)?|(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|\b(true|false|null)\b/g;

/** JSON text as coloured tokens. Joined, they are exactly the text. */
export function jsonTokens(text: string): Token[] {
  const tokens: Token[] = [];
  let end = 0;
  for (const match of text.matchAll(TOKEN)) {
    if (match.index > end) tokens.push({ kind: 'plain', text: text.slice(end, match.index) });
    const [, string, colon, number] = match;
    if (string !== undefined) {
      tokens.push({ kind: colon === undefined ? 'string' : 'key', text: string });
      if (colon !== undefined) tokens.push({ kind: 'plain', text: colon });
    } else {
      tokens.push({ kind: number === undefined ? 'word' : 'number', text: match[0] });
    }
    end = match.index + match[0].length;
  }
  if (end < text.length) tokens.push({ kind: 'plain', text: text.slice(end) });
  return tokens;
}
