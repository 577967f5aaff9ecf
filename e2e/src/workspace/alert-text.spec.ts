import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from '@jest/globals';

const read = (path: string): string =>
  readFileSync(fileURLToPath(new URL(`../../../${path}`, import.meta.url)), 'utf8');

/** So that people who read a mail and then open the app recognise the sentence. */
it('mails of alerts say what happened with the sentences of the app', () => {
  const app = new Map([...read('admin/src/copy.ts').matchAll(/^ {2}(\w+): \{\s*sentence: '([^']+)'/gm)].map(pair));
  const mails = [...read('server/src/webhooks/alerts/alert-text.ts').matchAll(/^ {2}(\w+): \['([^']+)'/gm)].map(pair);
  expect(mails.length).toBeGreaterThan(25);
  expect(mails.filter(([reason, sentence]) => app.get(reason) !== sentence)).toEqual([]);
});

function pair([, name, value]: RegExpExecArray): [string, string] {
  return [name!, value!];
}
