/** The one place where this process reads the time; pure functions are given `now` instead. Due times and leases use the database's clock. */
export interface Clock {
  /** Milliseconds since 1970-01-01T00:00:00Z. */
  now(): number;
}

export const systemClock: Clock = { now: () => Date.now() };
