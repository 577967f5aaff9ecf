const MAX_LENGTH = 120;
/** Keeps chat tools and mail programs from making a link or a mention of a name; invisible. */
export const ZERO_WIDTH_SPACE = '\u200B';

/** One line without control and bidirectional characters, which is neither a link nor a mention, cut at 120. */
export function plainText(value: string): string {
  const line = value
    .replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim();
  const characters = Array.from(line);
  const cut = characters.length > MAX_LENGTH ? `${characters.slice(0, MAX_LENGTH - 1).join('')}…` : line;
  return cut.replaceAll(/([:@])(?=\S)|\.(?=[\p{L}\p{N}/])/gu, (mark) => `${mark}${ZERO_WIDTH_SPACE}`);
}
