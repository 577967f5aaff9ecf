import { jsonPieces } from './json-text';

/** Why JSON is not shown as a tree: part of it would differ from what was sent, or it is too large to render. */
export type NoTree = 'number_changed' | 'key_twice' | 'too_much';

/** A node of the tree. Keys keep their JSON quotes, so that none is taken for an index or moved to the front. */
type Branch = unknown[] | Record<string, unknown>;

/** Each value is a DOM element, and an open branch is rendered at once. */
const MAX_VALUES = 2_000;

/** No double has more significant digits; longer numbers are not compared digit by digit. */
const MAX_NUMBER = 40;

/**
 * JSON as a tree that shows exactly what is written; or why there is none; or null, when it is no JSON or has nothing
 * to fold. `JSON.parse` alone would hide what it changes.
 */
export function jsonTree(text: string): { tree: Branch } | { because: NoTree } | null {
  const pieces = jsonPieces(text);
  if (pieces === null || pieces.length < 3) return null;
  const open: { branch: Branch; key: string | null }[] = [];
  let root: unknown;
  let values = 0;
  for (const piece of pieces) {
    const here = open.at(-1);
    if (piece === ',' || piece === ':') continue;
    if (piece === '}' || piece === ']') {
      open.pop();
      continue;
    }
    if (here && here.key === null && !Array.isArray(here.branch)) {
      // Written in one way, so that "a" and "\u0061" are the same key.
      here.key = JSON.stringify(JSON.parse(piece));
      if (Object.hasOwn(here.branch, here.key)) return { because: 'key_twice' };
      continue;
    }
    const value = piece === '{' ? {} : piece === '[' ? [] : (JSON.parse(piece) as unknown);
    if (typeof value === 'number' && !isSameNumber(piece, String(value))) return { because: 'number_changed' };
    if ((values += 1) > MAX_VALUES) return { because: 'too_much' };
    if (!here) root = value;
    else if (Array.isArray(here.branch)) here.branch.push(value);
    else if (here.key !== null) here.branch[here.key] = value;
    if (here) here.key = null;
    if (isBranch(value)) open.push({ branch: value, key: null });
  }
  return isBranch(root) ? { tree: root } : null;
}

function isBranch(value: unknown): value is Branch {
  return typeof value === 'object' && value !== null;
}

/** Whether two decimal numbers are equal: `1.50` and `1.5` are; `12345678901234567890` and its double are not. */
function isSameNumber(one: string, other: string): boolean {
  return one === other || (one.length <= MAX_NUMBER && decimal(one) !== null && decimal(one) === decimal(other));
}

/** Sign, digits without zeros at the ends, and the power of ten. */
function decimal(number: string): string | null {
  const match = /^(-?)(\d+)(?:\.(\d+))?(?:e([+-]?\d+))?$/i.exec(number);
  if (!match) return null;
  const [, sign, whole = '', fraction = '', power = '0'] = match;
  const digits = (whole + fraction).replace(/^0+/, '');
  const kept = digits.replace(/0+$/, '');
  return kept === '' ? `${sign}0` : `${sign}${kept}e${Number(power) - fraction.length + digits.length - kept.length}`;
}
