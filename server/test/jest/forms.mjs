import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/*
 * Which specs a run takes. `npm test` runs each in its usual form, without `*.long.spec.ts` and `*.quiet.spec.ts`.
 * TEST_LONG=1 runs those that are only long and those that read LONG, TEST_QUIET=1 in the same way those that hold
 * times and memory to promised limits (long.ts).
 */

const FORMS = { TEST_QUIET: ['quiet', /\bQUIET\b/], TEST_LONG: ['long', /\bLONG\b/] };
const READS = /import \{([^}]*)\} from '[./\w]+\/long\.js'/;

/** The settings of jest that choose the specs below `source` (the absolute path of a project's `src`). */
export function specsOfForm(source) {
  const asked = Object.keys(FORMS).find((variable) => process.env[variable] === '1');
  if (!asked) return { testMatch: ['**/*.spec.ts'], testPathIgnorePatterns: ['\\.(long|quiet)\\.spec\\.ts$'] };
  const [name, reads] = FORMS[asked];
  const specs = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.spec.ts'));
  const chosen = specs.filter(
    (file) =>
      file.endsWith(`.${name}.spec.ts`) || reads.test(READS.exec(readFileSync(join(source, file), 'utf8'))?.[1]),
  );
  // Without any, jest would take every file.
  return { testMatch: chosen.length > 0 ? chosen.map((file) => join(source, file)) : ['/none'] };
}
