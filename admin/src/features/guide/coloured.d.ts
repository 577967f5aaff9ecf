/** A source file as coloured tokens, made at build time. */
declare module '*?coloured' {
  const pieces: readonly import('../../lib/json-text').Token[];
  export default pieces;
}
