/** Ends a switch that has a case for everything: a new value on the server then does not compile here. */
export function assertNever(value: never): never {
  throw new Error(`Unexpected value: ${JSON.stringify(value)}`);
}
