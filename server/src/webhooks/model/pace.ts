/** At most `limit` requests per second or minute. */
export interface Pace {
  limit: number;
  per: (typeof PACE_UNITS)[number];
}

export const PACE_UNITS = ['second', 'minute'] as const;
export const MAX_PACE = 1_000;

const UNIT_MS = { second: 1_000, minute: 60_000 };

/** Milliseconds from one request to the next. */
export const everyMs = ({ limit, per }: Pace): number => UNIT_MS[per] / limit;
