import { axe } from 'jest-axe';

/** What axe finds wrong on the page, as short lines; colours are checked in a real browser, jsdom paints none. */
export async function accessibilityProblems(): Promise<string[]> {
  const { violations } = await axe(document.body, { resultTypes: ['violations'] });
  return violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 120)}`));
}
