import { networkInterfaces } from 'node:os';

/** This machine's interface addresses, for `compileAddressPolicy`: a public one would otherwise lead back to us. */
export function ownAddresses(): string[] {
  return Object.values(networkInterfaces()).flatMap((list) => (list ?? []).map((entry) => entry.address));
}
