/**
 * Whether a subscription includes a type: `video.*` matches `video.recording.ready` at any depth and never
 * `videos.x`; `*` matches everything. Equal to the SQL function webhook_matches, as a property test verifies.
 */
export function matchesPattern(pattern: string, type: string): boolean {
  return pattern === '*' || pattern === type || (pattern.endsWith('.*') && type.startsWith(pattern.slice(0, -1)));
}
