/** The roles of a person or an API key, weakest first: each may do all that the ones before it may. */
export const ROLES = ['viewer', 'member', 'admin', 'owner'] as const;
export type Role = (typeof ROLES)[number];

/** What a service token may do. It belongs to a service of the platform, not to an agency. */
export const SERVICE_SCOPES = ['publish', 'agencies', 'erase'] as const;
export type ServiceScope = (typeof SERVICE_SCOPES)[number];

/** What each role adds to the one before it. The admin app shows and hides by these words; the server decides by `@Allow`. */
const RIGHTS = {
  viewer: ['webhooks.read', 'deliveries.read'],
  member: ['content.read', 'webhooks.test', 'deliveries.resend'],
  admin: ['webhooks.write', 'secrets.write', 'keys.write', 'recoveries.run', 'audit.read'],
  owner: ['members.write'],
} as const satisfies Record<Role, readonly string[]>;

export type Right = (typeof RIGHTS)[Role][number];

/** Whether somebody with the role `actual` may do what `needed` may. */
export function hasRole(actual: Role | null, needed: Role): boolean {
  return actual !== null && ROLES.indexOf(actual) >= ROLES.indexOf(needed);
}

/** All rights of a role, its own last. */
export function rightsOf(role: Role): Right[] {
  return ROLES.filter((lower) => hasRole(role, lower)).flatMap((lower): readonly Right[] => RIGHTS[lower]);
}
