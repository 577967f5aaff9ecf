import { axe } from 'jest-axe';

/** Axe's findings on the page, as short lines. Colours are checked in a real browser, since jsdom has none. */
export async function accessibilityProblems(): Promise<string[]> {
  const { violations } = await axe(document.body, { resultTypes: ['violations'] });
  return violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 120)}`));
}
