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

export interface BodyBounds {
  bytes: number;
  /** null: the body is kept raw and never parsed. */
  shape: JsonShape | null;
}

const SHAPE: JsonShape = { members: 200, elements: 1000, levels: 16, values: 20_000, storable: true };

/** By path prefix; the first match applies. */
export const BODY_BOUNDS: readonly (readonly [prefix: string, bounds: BodyBounds])[] = [
  // A message is stored as JSON text, where an escape can represent what PostgreSQL could not store.
  ['/api/internal/events', { bytes: 8 * MIB, shape: { ...SHAPE, storable: false } }],
  // The largest message we send. Parsing would lose the signed bytes.
  ['/inbox/', { bytes: 256 * KIB, shape: null }],
  // Unauthenticated: the body is read before the sender is known.
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
