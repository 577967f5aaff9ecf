import { extname } from 'node:path';
import { createOnigurumaEngine } from '@shikijs/engine-oniguruma';
import wasm from '@shikijs/engine-oniguruma/wasm-inlined';
import csharp from '@shikijs/langs/csharp';
import go from '@shikijs/langs/go';
import java from '@shikijs/langs/java';
import javascript from '@shikijs/langs/javascript';
import php from '@shikijs/langs/php';
import python from '@shikijs/langs/python';
import ruby from '@shikijs/langs/ruby';
import { codeToTokensBase, createShikiPrimitive } from '@shikijs/primitive';

const LANGUAGES = {
  '.cs': 'csharp',
  '.go': 'go',
  '.java': 'java',
  '.mjs': 'javascript',
  '.php': 'php',
  '.py': 'python',
  '.rb': 'ruby',
};

/** What the grammars call the parts of each kind. The longest name that fits a part decides. */
const SCOPES = {
  comment: ['comment', 'string.quoted.docstring'],
  string: ['string', 'string.regexp keyword', 'string.regexp keyword.operator', 'constant.character'],
  number: ['constant.numeric'],
  word: [
    'keyword',
    'keyword.operator.expression',
    'keyword.operator.logical.python',
    'keyword.operator.new',
    'storage',
    'constant.language',
    'variable.language',
  ],
  name: [
    'entity.name.function',
    'entity.name.type',
    'meta.function-call.generic.python',
    'storage.type.java',
    'storage.type.object',
    'support.class',
    'support.function',
    'support.type.exception',
  ],
  plain: [
    'keyword.operator',
    'meta.embedded',
    'meta.interpolation',
    'meta.template.expression',
    'storage.modifier.import',
  ],
};

/** A theme wants colours; it gets the kinds, and the style sheet of the app has a colour for each, in both schemes. */
const THEME = {
  name: 'kinds',
  type: 'light',
  fg: 'plain',
  bg: 'none',
  settings: Object.entries(SCOPES).map(([foreground, scope]) => ({ scope, settings: { foreground } })),
};

let shiki;

/** Once for a build: reading the grammars takes longer than all files. */
function highlighter() {
  shiki ??= createOnigurumaEngine(wasm).then((engine) =>
    createShikiPrimitive({
      engine,
      themes: [THEME],
      langs: [csharp, go, java, javascript, php, python, ruby],
    }),
  );
  return shiki;
}

/** The code in pieces of one kind each. Joined together they are exactly the text, without white space around it. */
async function codeTokens(text, file) {
  const lang = LANGUAGES[extname(file)];
  if (!lang) throw new Error(`no grammar for ${file}`);
  // No time limit: on a busy machine the same file would get other colours.
  const options = { lang, theme: THEME.name, tokenizeTimeLimit: 0 };
  const lines = codeToTokensBase(await highlighter(), text.trim(), options);
  const tokens = [];
  const add = (kind, piece) => {
    const last = tokens.at(-1);
    // White space has no colour.
    if (last && (last.kind === kind || piece.trim() === '')) last.text += piece;
    else tokens.push({ kind, text: piece });
  };
  lines.forEach((line, n) => {
    if (n > 0) add('plain', '\n');
    for (const { content, color } of line) add(color, content);
  });
  return tokens;
}

/** A file of code as a module that gives its pieces. */
export async function codeModule(text, file) {
  return `export default ${JSON.stringify(await codeTokens(text, file))};`;
}
