/** The roles of a person or an API key, weakest first: each may do all that the ones before it may. */
export const ROLES = ['viewer', 'member', 'admin', 'owner'] as const;
export type Role = (typeof ROLES)[number];

/** What a service token may do. It belongs to a service of the platform, not to an agency. */
export const SERVICE_SCOPES = ['publish', 'agencies', 'erase'] as const;
export type ServiceScope = (typeof SERVICE_SCOPES)[number];

/**
 * What each role adds to the one before it: the one place where roles and rights meet. A route asks for a right with `@Allow`, a signed-in
 * caller reads theirs in GET /api/me, and the admin app shows and hides by them.
 */
const RIGHTS = {
  viewer: ['webhooks.read', 'deliveries.read', 'members.read', 'me.read', 'password.write'],
  member: ['content.read', 'webhooks.test', 'deliveries.resend', 'deliveries.cancel', 'inboxes.read', 'alerts.read'],
  admin: [
    'webhooks.write',
    'secrets.write',
    'inboxes.write',
    'alerts.write',
    'keys.read',
    'keys.write',
    'recoveries.run',
    'audit.read',
  ],
  owner: ['members.write'],
} as const satisfies Record<Role, readonly string[]>;

export type Right = (typeof RIGHTS)[Role][number];

/** An API key has no password. */
const PEOPLE_ONLY: ReadonlySet<Right> = new Set<Right>(['password.write']);

/** Whether somebody with the role `actual` may do what `needed` may. */
export function hasRole(actual: Role | null, needed: Role): boolean {
  return actual !== null && ROLES.indexOf(actual) >= ROLES.indexOf(needed);
}

/** The weakest role that has the right. */
export function roleFor(right: Right): Role {
  return ROLES.find((role) => (RIGHTS[role] as readonly Right[]).includes(right))!;
}

/** All rights of a person or an API key, those of their own role last. */
export function rightsOf({ kind, role }: { kind: 'user' | 'key'; role: Role }): Right[] {
  return ROLES.filter((lower) => hasRole(role, lower))
    .flatMap((lower): readonly Right[] => RIGHTS[lower])
    .filter((right) => kind === 'user' || !PEOPLE_ONLY.has(right));
}

/** Whether a person or an API key has the right; a service has none. */
export function hasRight(actor: { kind: 'user' | 'key' | 'service'; role: Role | null }, right: Right): boolean {
  return hasRole(actor.role, roleFor(right)) && (actor.kind !== 'key' || !PEOPLE_ONLY.has(right));
}
