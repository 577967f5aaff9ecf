import { describe, expect, it } from '@jest/globals';
import { hasRole, ROLES, rightsOf } from './role.js';

describe('roles', () => {
  it('may each do what the weaker ones may', () => {
    const table = ROLES.map((actual) => ROLES.filter((needed) => hasRole(actual, needed)));
    expect(table).toEqual([
      ['viewer'],
      ['viewer', 'member'],
      ['viewer', 'member', 'admin'],
      ['viewer', 'member', 'admin', 'owner'],
    ]);
    expect(hasRole(null, 'viewer')).toBe(false);
  });

  it('let members read messages, admins change webhooks and owners change people', () => {
    expect(rightsOf('viewer')).toEqual(['webhooks.read', 'deliveries.read']);
    expect(rightsOf('member')).toContain('content.read');
    expect(rightsOf('member')).not.toContain('webhooks.write');
    expect(rightsOf('admin')).toContain('webhooks.write');
    expect(rightsOf('admin')).not.toContain('members.write');
    expect(rightsOf('owner')).toContain('members.write');
  });
});
