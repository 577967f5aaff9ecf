import { describe, expect, it } from '@jest/globals';
import { hasRight, hasRole, type Role, roleFor, ROLES, rightsOf } from './role.js';

describe('roles', () => {
  it('include the rights of weaker ones', () => {
    const table = ROLES.map((actual) => ROLES.filter((needed) => hasRole(actual, needed)));
    expect(table).toEqual([
      ['viewer'],
      ['viewer', 'member'],
      ['viewer', 'member', 'admin'],
      ['viewer', 'member', 'admin', 'owner'],
    ]);
    expect(hasRole(null, 'viewer')).toBe(false);
  });

  it('let members read content, admins change webhooks and owners change people', () => {
    const of = (role: Role) => rightsOf({ kind: 'user', role });
    expect(of('viewer')).toEqual([
      'webhooks.read',
      'deliveries.read',
      'members.read',
      'me.read',
      'me.write',
      'password.write',
    ]);
    expect(of('member')).toContain('content.read');
    expect(of('member')).not.toContain('webhooks.write');
    expect(of('admin')).toContain('webhooks.write');
    expect(of('admin')).not.toContain('members.write');
    expect(of('owner')).toContain('members.write');
  });

  it('grant each right once, and API keys none about a person', () => {
    const all = rightsOf({ kind: 'user', role: 'owner' });
    expect(new Set(all).size).toBe(all.length);
    const lacking = all.filter((right) => !rightsOf({ kind: 'key', role: 'owner' }).includes(right));
    expect(lacking).toEqual(['me.write', 'password.write']);
  });

  it('agree between rightsOf and hasRight', () => {
    const all = rightsOf({ kind: 'user', role: 'owner' });
    for (const kind of ['user', 'key'] as const) {
      for (const role of ROLES) {
        expect(all.filter((right) => hasRight({ kind, role }, right))).toEqual(rightsOf({ kind, role }));
        expect(rightsOf({ kind, role }).every((right) => hasRole(role, roleFor(right)))).toBe(true);
      }
    }
    expect(all.some((right) => hasRight({ kind: 'service', role: null }, right))).toBe(false);
  });
});
