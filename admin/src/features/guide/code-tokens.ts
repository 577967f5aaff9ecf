import type { Token } from '../../lib/json-text';

/** Words that begin or steer something in at least one of our languages. One list for all: these are colours, no parser. */
const WORDS =
  'abs|any|async|await|bool|boolean|byte|byte\\[\\]|catch|class|const|def|else|err|export|false|final|for|foreach|from|func|function|if|import|in|int|let|long|module|new|nil|not|null|or|and|package|private|public|raise|range|readonly|require|return|self|static|string|throw|throws|true|try|unless|using|var|void|while';

// A comment is looked for first, then a text, so that neither colours what is inside the other.
const TOKEN = new RegExp(
  [
    '("""[\\s\\S]*?"""|/\\*[\\s\\S]*?\\*/|(?<![:\\w])//[^\\n]*|(?<![\\w$&])#[^\\n{][^\\n]*)',
    '("(?:[^"\\\\\\n]|\\\\.)*"|\'(?:[^\'\\\\\\n]|\\\\.)*\'|`(?:[^`\\\\]|\\\\.)*`|(?<=[=(,]\\s?)/\\^[^/\\n]*/)',
    `(?<![\\w$.'-])(${WORDS})(?![\\w'-])`,
    '(?<![\\w.])(\\d[\\d_]*)(?!\\w)',
  ].join('|'),
  'g',
);

const KINDS = ['comment', 'string', 'word', 'number'] as const;

/** Code in coloured pieces, made when it is shown. Joined together they are exactly the text. */
export function codeTokens(text: string): Token[] {
  const tokens: Token[] = [];
  let end = 0;
  for (const match of text.matchAll(TOKEN)) {
    const kind = KINDS[match.slice(1).findIndex((part) => part !== undefined)] ?? 'plain';
    if (match.index > end) tokens.push({ kind: 'plain', text: text.slice(end, match.index) });
    tokens.push({ kind, text: match[0] });
    end = match.index + match[0].length;
  }
  if (end < text.length) tokens.push({ kind: 'plain', text: text.slice(end) });
  return tokens;
}
