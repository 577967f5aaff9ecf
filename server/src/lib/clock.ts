/** The only reader of the time; pure functions take `now` instead. Due times and leases use the database's clock. */
export interface Clock {
  /** Unix milliseconds. */
  now(): number;
}

export const systemClock: Clock = { now: () => Date.now() };
