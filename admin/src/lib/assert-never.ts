/** Ends an exhaustive switch, so that a new value on the server does not compile here. */
export function assertNever(value: never): never {
  throw new Error(`Unexpected value: ${JSON.stringify(value)}`);
}
