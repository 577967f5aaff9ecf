import { networkInterfaces } from 'node:os';

/** Addresses of this machine's own interfaces at this moment, for `compileAddressPolicy`: a public one would otherwise lead back to us. */
export function ownAddresses(): string[] {
  return Object.values(networkInterfaces()).flatMap((list) => (list ?? []).map((entry) => entry.address));
}
