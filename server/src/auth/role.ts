/** Roles of people and API keys, weakest first; each includes the rights of those before it. */
export const ROLES = ['viewer', 'member', 'admin', 'owner'] as const;
export type Role = (typeof ROLES)[number];

/** What a service token of the platform may do. */
export const SERVICE_SCOPES = ['publish', 'agencies', 'erase', 'rejected', 'support'] as const;
export type ServiceScope = (typeof SERVICE_SCOPES)[number];

/**
 * The rights that each role adds to those of the role before it. A route requires a right with `@Allow`. GET /api/me
 * lists the rights of the caller, and the app shows what they allow.
 */
const RIGHTS = {
  viewer: ['webhooks.read', 'deliveries.read', 'members.read', 'me.read', 'me.write', 'password.write'],
  member: [
    'content.read',
    'webhooks.test',
    'deliveries.resend',
    'deliveries.cancel',
    'deliveries.share',
    'exports.read',
    'problems.write',
    'inboxes.read',
    'alerts.read',
  ],
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

/** An API key has no password and gets no mail. */
const PEOPLE_ONLY: ReadonlySet<Right> = new Set<Right>(['me.write', 'password.write']);

export function hasRole(actual: Role | null, needed: Role): boolean {
  return actual !== null && ROLES.indexOf(actual) >= ROLES.indexOf(needed);
}

/** The weakest role that has the right. */
export function roleFor(right: Right): Role {
  return ROLES.find((role) => (RIGHTS[role] as readonly Right[]).includes(right))!;
}

/** All rights of a person or an API key, weakest role first. */
export function rightsOf({ kind, role }: { kind: 'user' | 'key'; role: Role }): Right[] {
  return ROLES.filter((lower) => hasRole(role, lower))
    .flatMap((lower): readonly Right[] => RIGHTS[lower])
    .filter((right) => kind === 'user' || !PEOPLE_ONLY.has(right));
}

/** Whether a person or an API key has the right; a service has none. */
export function hasRight(actor: { kind: 'user' | 'key' | 'service'; role: Role | null }, right: Right): boolean {
  return hasRole(actor.role, roleFor(right)) && (actor.kind !== 'key' || !PEOPLE_ONLY.has(right));
}
