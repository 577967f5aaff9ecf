/** An address, which the guard judges like any other: only ALLOWED_PRIVATE_CIDRS open one. */
const STAND_IN = /^(slack|teams|google_chat|google_sheets)=((?:localhost|[\d.]+|\[[\da-f:.]+\])(?::\d+)?)$/;

/** Parses `slack=127.0.0.1:4001,teams=…`; problems are added to `problems`. */
export function destinationHosts(entries: readonly string[], problems: string[]): Record<string, string> {
  const hosts: Record<string, string> = {};
  for (const entry of entries) {
    const [, kind, host] = STAND_IN.exec(entry) ?? [];
    if (kind && host) hosts[kind] = host;
    else
      problems.push(`DESTINATION_HOSTS: "${entry}" is not a kind and a private address, such as slack=127.0.0.1:4001`);
  }
  return hosts;
}
