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

/** The scope names of each kind of token. The longest matching name decides. */
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

/** A theme needs colours, so this one has the kinds in their place; the app's style sheet has the colours. */
const THEME = {
  name: 'kinds',
  type: 'light',
  fg: 'plain',
  bg: 'none',
  settings: Object.entries(SCOPES).map(([foreground, scope]) => ({ scope, settings: { foreground } })),
};

let shiki;

/** Created once per build: loading the grammars takes longer than all files. */
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

/** The code as tokens. Joined, they are exactly the text without surrounding white space. */
async function codeTokens(text, file) {
  const lang = LANGUAGES[extname(file)];
  if (!lang) throw new Error(`no grammar for ${file}`);
  // No time limit, because a busy machine would otherwise colour the same file differently.
  const options = { lang, theme: THEME.name, tokenizeTimeLimit: 0 };
  const lines = codeToTokensBase(await highlighter(), text.trim(), options);
  const tokens = [];
  const add = (kind, piece) => {
    const last = tokens.at(-1);
    // White space needs no colour.
    if (last && (last.kind === kind || piece.trim() === '')) last.text += piece;
    else tokens.push({ kind, text: piece });
  };
  lines.forEach((line, n) => {
    if (n > 0) add('plain', '\n');
    for (const { content, color } of line) add(color, content);
  });
  return tokens;
}

/** Makes a module of a source file, which exports its tokens. */
export async function codeModule(text, file) {
  return `export default ${JSON.stringify(await codeTokens(text, file))};`;
}
