/**
 * Whether a subscription hears of a type: `video.*` matches `video.recording.ready` at any depth and never `videos.x`; `*` matches
 * everything. The SQL function webhook_matches says the same; a property test compares the two.
 */
export function matchesPattern(pattern: string, type: string): boolean {
  return pattern === '*' || pattern === type || (pattern.endsWith('.*') && type.startsWith(pattern.slice(0, -1)));
}
