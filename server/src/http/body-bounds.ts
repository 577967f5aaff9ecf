const KIB = 1024;
const MIB = 1024 * KIB;

/** How much structure a JSON text may have; counted while it is read, before anything is made of it. */
export interface JsonShape {
  /** Members of one object. */
  members: number;
  /** Elements of one array. A route that takes fewer says so itself. */
  elements: number;
  /** Objects and arrays inside each other, the outermost included. */
  levels: number;
  /** Values of the whole text. */
  values: number;
  /** Whether all text must be storable by PostgreSQL: no U+0000, no half of a surrogate pair. */
  storable: boolean;
}

export interface BodyBounds {
  bytes: number;
  /** null: the body is kept as it comes and never parsed. */
  shape: JsonShape | null;
}

const SHAPE: JsonShape = { members: 200, elements: 1000, levels: 16, values: 20_000, storable: true };

/** The bounds of each route, by how its path begins; the first match counts. */
export const BODY_BOUNDS: readonly (readonly [prefix: string, bounds: BodyBounds])[] = [
  // A message is kept as JSON text, where an escape can stand for what PostgreSQL could not store.
  ['/api/internal/events', { bytes: 8 * MIB, shape: { ...SHAPE, storable: false } }],
  // What we send is at most this large. Parsing would lose the bytes that were signed.
  ['/inbox/', { bytes: 256 * KIB, shape: null }],
  // Open to strangers: a body is read before its sender is known.
  ['/api/auth/', { bytes: 16 * KIB, shape: SHAPE }],
  ['/api/cron/', { bytes: 16 * KIB, shape: SHAPE }],
  ['/api/', { bytes: MIB, shape: SHAPE }],
  // Paths without a route, and routes that need no body.
  ['', { bytes: 16 * KIB, shape: SHAPE }],
];

/** What the body of a request to a route may be; `route` is its pattern, undefined where there is none. */
export function bodyBoundsOf(route = ''): BodyBounds {
  return BODY_BOUNDS.find(([prefix]) => route.startsWith(prefix))![1];
}

/** `16 KiB`, `8 MiB` */
export function inWords(bytes: number): string {
  return bytes < MIB ? `${bytes / KIB} KiB` : `${bytes / MIB} MiB`;
}

/** The bounds as a table in Markdown, for the description of the API. */
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
