/** A file of code in coloured pieces, cut when the app is built. */
declare module '*?coloured' {
  const pieces: readonly import('../../lib/json-text').Token[];
  export default pieces;
}
