import type { MigrationInterface, QueryRunner } from 'typeorm';
import { DELIVERIES } from '../schema/deliveries.js';
import { RECORDS } from '../schema/records.js';
import { FUNCTIONS } from '../schema/functions.js';
import { OUTBOXES } from '../schema/outboxes.js';
import { PEOPLE } from '../schema/people.js';
import { ROUTES } from '../schema/routes.js';
import { SECURITY } from '../schema/security.js';
import { WEBHOOKS } from '../schema/webhooks.js';

/** The whole schema. Raw SQL, because no generator writes row-level security, partitions and partial indexes. */
export class Schema1764460800000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const sql of [PEOPLE, WEBHOOKS, OUTBOXES, DELIVERIES, RECORDS, ROUTES, FUNCTIONS, SECURITY])
      await runner.query(sql);
  }

  async down(): Promise<void> {
    throw new Error('the schema cannot be reverted: restore a backup instead');
  }
}
