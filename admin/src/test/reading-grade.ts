/**
 * The Flesch-Kincaid grade of a text: the school year in which it reads easily. Technical terms that the screen needs
 * anyway (`application/json`, 410) count as one word of one syllable.
 */
export function readingGrade(text: string): number {
  const sentences = text.split(/[.!?:]+(?:\s|$)/).filter((part) => /[a-z]/i.test(part)).length || 1;
  const words = text.split(/[\s,]+/).filter((word) => /[a-z0-9]/i.test(word));
  const syllables = words.reduce((sum, word) => sum + syllablesOf(word), 0);
  return 0.39 * (words.length / sentences) + 11.8 * (syllables / words.length) - 15.59;
}

/** An estimate, as all formulas of this kind use: groups of vowels, without the silent endings. */
function syllablesOf(word: string): number {
  const letters = word.toLowerCase().replace(/[^a-z/]/g, '');
  if (letters.includes('/') || letters === '') return 1;
  const spoken = letters.replace(/(?:[^laeiouy]es|[^td]ed|[^laeiouy]e)$/, '').replace(/^y/, '');
  return Math.max(1, spoken.match(/[aeiouy]{1,2}/g)?.length ?? 1);
}
