import type { Me } from '../api/types';
import { onlyAdmins, onlyMembers, onlyOwners } from '../copy';

/** The rights that decide what a screen offers. The server enforces them; this only tells people in advance. */
export type Right =
  | 'webhooks.write'
  | 'webhooks.test'
  | 'deliveries.resend'
  | 'deliveries.share'
  | 'exports.read'
  | 'problems.write'
  | 'content.read'
  | 'secrets.write'
  | 'keys.write'
  | 'recoveries.run'
  | 'audit.read'
  | 'members.write';

const NEEDS_ADMIN: ReadonlySet<Right> = new Set<Right>([
  'webhooks.write',
  'secrets.write',
  'keys.write',
  'recoveries.run',
  'audit.read',
]);

/** Null if the person has the right; else the sentence for the control, naming people who can help. */
export function deniedBecause(me: Me, right: Right, action: string): string | null {
  if (me.rights.includes(right)) return null;
  if (right === 'members.write') return onlyOwners(action);
  return NEEDS_ADMIN.has(right) ? onlyAdmins(action, me.admins) : onlyMembers(action, me.admins);
}
