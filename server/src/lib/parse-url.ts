/**
 * The parsed URL, or null. Not `URL.canParse`: in Node 20, once V8 has optimised its caller, it returns false for every
 * text with Latin-1 letters (`https://bücher.example/`).
 */
export function parseUrl(text: string): URL | null {
  try {
    return new URL(text);
  } catch {
    return null;
  }
}

/** A user name or password of a URL, percent-decoded; unchanged if it is not valid percent-encoding. */
export function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
