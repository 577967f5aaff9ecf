import { AppError, fieldError } from '../lib/app-error.js';

/* Limits on the size and structure of request bodies, checked before `JSON.parse`. */

const KIB = 1024;
const MIB = 1024 * KIB;

/** Limits on the structure of a JSON text, enforced before it is parsed. */
export interface JsonShape {
  /** Members of one object. */
  members: number;
  /** Elements of one array; routes may declare a lower limit. */
  elements: number;
  /** Nesting depth of objects and arrays, the outermost included. */
  levels: number;
  /** Values in the whole text. */
  values: number;
  /** Whether PostgreSQL must be able to store all strings: no U+0000, no lone surrogate. */
  storable: boolean;
}

interface BodyBounds {
  bytes: number;
  /** null: the body is kept raw and never parsed. */
  shape: JsonShape | null;
}

const SHAPE: JsonShape = { members: 200, elements: 1000, levels: 16, values: 20_000, storable: true };

/** By path prefix; the first match applies. */
const BODY_BOUNDS: readonly (readonly [prefix: string, bounds: BodyBounds])[] = [
  // A message is stored as JSON text, in which an escape can represent what PostgreSQL could not store.
  ['/api/internal/events', { bytes: 8 * MIB, shape: { ...SHAPE, storable: false } }],
  // The size of the largest message that we send. Not parsed, because the signature covers the raw bytes.
  ['/inbox/', { bytes: 256 * KIB, shape: null }],
  // Without authentication: the body is read before the sender is known.
  ['/api/auth/', { bytes: 16 * KIB, shape: SHAPE }],
  ['/api/shared/', { bytes: 16 * KIB, shape: SHAPE }],
  ['/api/cron/', { bytes: 16 * KIB, shape: SHAPE }],
  ['/api/', { bytes: MIB, shape: SHAPE }],
  // Unknown paths, and routes without a body.
  ['', { bytes: 16 * KIB, shape: SHAPE }],
];

/** @param route the pattern of the route; undefined: no route matched */
export function bodyBoundsOf(route = ''): BodyBounds {
  return BODY_BOUNDS.find(([prefix]) => route.startsWith(prefix))![1];
}

/** `16 KiB`, `8 MiB` */
export function inWords(bytes: number): string {
  return bytes < MIB ? `${bytes / KIB} KiB` : `${bytes / MIB} MiB`;
}

/** The bounds as a Markdown table for the API description. */
export function bodyBoundsTable(): string {
  const rows = BODY_BOUNDS.map(([prefix, { bytes, shape }]) => {
    const route = prefix === '' ? 'all others' : `\`${prefix}…\``;
    const counts = shape ? [shape.members, shape.elements, shape.levels, shape.values] : ['–', '–', '–', '–'];
    return `| ${[route, inWords(bytes), ...counts].join(' | ')} |`;
  });
  return [
    '| route | bytes | members of an object | elements of an array | levels | values in all |',
    '|---|---|---|---|---|---|',
    ...rows,
  ].join('\n');
}

/* The structural bytes of JSON (RFC 8259 §2): ASCII, which never occurs inside a multi-byte UTF-8 character. */
const QUOTE = 0x22;
const PLUS = 0x2b;
const COMMA = 0x2c;
const MINUS = 0x2d;
const DOT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;
const UPPER_E = 0x45;
const OPEN_BRACKET = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_BRACKET = 0x5d;
const LOWER_E = 0x65;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

/** Markers in `keyAt`: the level is an array, or an object whose next string is a key. */
const IN_ARRAY = -2;
const KEY_NEXT = -1;

/** PostgreSQL cannot store these in text. */
const UNSTORABLE = /\0|\p{Cs}/u;

/** A double represents every number of this many digits exactly. */
const SAFE_DIGITS = 15;
/** `JSON.stringify` writes at most 25 characters for a number. */
const LONGEST_NUMBER = 40;
/** The longest spelling of `constructor`: every letter a six-character escape. */
const LONGEST_CONSTRUCTOR = 6 * 'constructor'.length + 2;

/**
 * Checks the shape of a UTF-8 JSON text in one pass over its bytes, before it is parsed: `JSON.parse` takes 0.16 s for
 * 1 MiB of `[[[[`, and libraries that walk the result take far longer. Syntax errors are left to `JSON.parse`; up to
 * the first of them both see the same structure.
 *
 * Throws AppError `validation_failed` for too many members, elements, levels or values, for a number that a double
 * cannot represent (RFC 8259 §6) and for unstorable text; `invalid_json` for a key that reaches a prototype.
 */
export function checkJson(text: Buffer, shape: JsonShape): void {
  new JsonCheck(text, shape).run();
}

class JsonCheck {
  private level = 0;
  private values = 0;
  /** By level: the number of commas so far, which is the index of the current element. */
  private readonly commas = [0];
  /** By level: offset of the current key, or a marker. */
  private readonly keyAt = [IN_ARRAY];

  constructor(
    private readonly text: Buffer,
    private readonly shape: JsonShape,
  ) {}

  run(): void {
    const { text } = this;
    for (let at = 0; at < text.length; at++) {
      const byte = text[at]!;
      if (byte === QUOTE) at = this.string(at);
      else if (byte === COMMA) this.comma();
      else if ((byte >= ZERO && byte <= NINE) || byte === MINUS) at = this.number(at);
      else if (byte === OPEN_BRACE) this.open(KEY_NEXT);
      else if (byte === OPEN_BRACKET) this.open(IN_ARRAY);
      else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
        if (--this.level < 0) return;
      }
    }
  }

  private open(mark: number): void {
    this.count();
    if (this.level === this.shape.levels) {
      throw this.refusal('too_deep', `is nested deeper than ${this.shape.levels} levels`);
    }
    this.level++;
    this.commas[this.level] = 0;
    this.keyAt[this.level] = mark;
  }

  private comma(): void {
    this.count();
    const isArray = this.keyAt[this.level] === IN_ARRAY;
    const most = isArray ? this.shape.elements : this.shape.members;
    if (++this.commas[this.level]! >= most) {
      throw this.refusal('too_many', `has more than ${most} ${isArray ? 'elements' : 'members'}`, this.level - 1);
    }
    if (!isArray) this.keyAt[this.level] = KEY_NEXT;
  }

  private count(): void {
    if (++this.values > this.shape.values) {
      throw this.refusal('too_many', `has more than ${this.shape.values} values in all`, 0);
    }
  }

  /** Returns the offset of the closing quote. */
  private string(start: number): number {
    const { text } = this;
    let isEscaped = false;
    let end = start + 1;
    for (; end < text.length && text[end] !== QUOTE; end++) {
      if (text[end] !== BACKSLASH) continue;
      isEscaped = true;
      end++;
    }
    const isKey = this.keyAt[this.level] === KEY_NEXT;
    if (isKey) this.keyAt[this.level] = start;
    if (isEscaped && this.shape.storable) this.checkText(start);
    // Both forbidden keys have nine letters.
    if (isKey && (isEscaped || end - start === 10)) this.checkKey(start);
    return end;
  }

  private checkText(start: number): void {
    if (UNSTORABLE.test(this.textAt(start))) {
      throw this.refusal('unstorable', 'has U+0000 or half of a surrogate pair, which cannot be stored');
    }
  }

  private checkKey(start: number): void {
    const key = this.textAt(start);
    if (key !== '__proto__' && (key !== 'prototype' || this.outerKey() !== 'constructor')) return;
    throw new AppError('invalid_json', `The body has the key ${this.path()}, and a key of this name is never taken.`);
  }

  private outerKey(): string | null {
    const outer = this.keyAt[this.level - 1]!;
    return outer < 0 ? null : this.textAt(outer, LONGEST_CONSTRUCTOR);
  }

  /** Returns the offset of the last byte. */
  private number(start: number): number {
    const { text } = this;
    let hasExponent = false;
    let end = start + 1;
    for (; end < text.length; end++) {
      const byte = text[end]!;
      if ((byte >= ZERO && byte <= NINE) || byte === DOT) continue;
      if (byte === LOWER_E || byte === UPPER_E) hasExponent = true;
      else if (byte !== PLUS && byte !== MINUS) break;
    }
    if ((hasExponent || end - start > SAFE_DIGITS) && !isKeptExactly(text.toString('latin1', start, end))) {
      throw this.refusal('inexact', 'is a number that would not be kept exactly: make it shorter, or a text');
    }
    return end - 1;
  }

  private refusal(code: string, is: string, level = this.level): AppError {
    const field = this.path(level);
    return fieldError(field, code, `${field === '' ? 'the body' : field} ${is}`);
  }

  private path(level = this.level): string {
    const parts: string[] = [];
    for (let one = 1; one <= level; one++) {
      const at = this.keyAt[one]!;
      if (at !== KEY_NEXT) parts.push(at === IN_ARRAY ? String(this.commas[one]) : this.textAt(at));
    }
    return parts.join('.');
  }

  /** The string that starts at a quote, of at most `longest` bytes; empty if it is not valid. */
  private textAt(start: number, longest = Infinity): string {
    const { text } = this;
    const last = Math.min(text.length, start + longest);
    let end = start + 1;
    while (end < last && text[end] !== QUOTE) end += text[end] === BACKSLASH ? 2 : 1;
    try {
      return JSON.parse(text.toString('utf8', start, end + 1)) as string;
    } catch {
      return '';
    }
  }
}

/** Whether a double represents the number exactly. What is not a number is left to `JSON.parse`. */
function isKeptExactly(text: string): boolean {
  const read = Number(text);
  return Number.isNaN(read) || (text.length <= LONGEST_NUMBER && decimal(text) === decimal(String(read)));
}

/** A canonical spelling: `-1.50e3` and `-1500` give the same. Infinity stays as it is. */
function decimal(text: string): string {
  const [, sign, whole, fraction = '', power = '0'] = /^(-?)(\d+)(?:\.(\d+))?(?:e([+-]?\d+))?$/i.exec(text) ?? [];
  if (whole === undefined) return text;
  const digits = `${whole}${fraction}`.replace(/^0+/, '');
  const kept = digits.replace(/0+$/, '');
  return kept === '' ? '0' : `${sign}${kept}e${Number(power) - fraction.length + digits.length - kept.length}`;
}
