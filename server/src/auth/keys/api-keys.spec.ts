import { describe, expect, it } from '@jest/globals';
import type { ServiceDatabase } from '../../database/service-database.js';
import { ApiKeys } from './api-keys.service.js';
import { newToken } from '../tokens.js';

/** Holds one service token and records the statements. */
function databaseWith(hash: Buffer) {
  const statements: string[] = [];
  const key = { kind: 'svc', agencyId: null, name: 'ATS', hash, role: null, scopes: ['publish'], agencyIds: null };
  const manager = {
    findOneBy(_entity: unknown, { id }: { id: string }) {
      statements.push('select');
      return Promise.resolve({ ...key, id, expiresAt: null, lastUsedAt: null });
    },
    update() {
      statements.push('update');
      return Promise.resolve();
    },
  };
  return { statements, database: { manager } as unknown as ServiceDatabase };
}

describe('a service token that publishes all the time', () => {
  it('costs one query and one update, not one for each request', async () => {
    const { token, hash, id } = newToken('svc');
    const { statements, database } = databaseWith(hash);
    const keys = new ApiKeys(database);
    for (let n = 0; n < 100; n++) expect(await keys.verify(token)).toMatchObject({ kind: 'service', id });
    expect(statements).toEqual(['select', 'update']);
  });

  it('is not accepted because another token with the same id was verified', async () => {
    const { token, hash, id } = newToken('svc');
    const { database } = databaseWith(hash);
    const keys = new ApiKeys(database);
    await keys.verify(token);
    expect(await keys.verify(newToken('svc', id).token)).toBeNull();
  });
});
