import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { codeModule } from '../../code-colours.mjs';

const colours = readFileSync(new URL('../../code-colours.mjs', import.meta.url));

/** A file of code as a module, as Vite's `?coloured` gives it. */
export default {
  // Jest caches a file's output and does not know its other dependencies.
  getCacheKey: (text, file) => createHash('sha256').update(colours).update(file).update(text).digest('hex'),
  processAsync: async (text, file) => ({ code: await codeModule(text, file) }),
};
