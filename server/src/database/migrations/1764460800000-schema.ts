import type { MigrationInterface, QueryRunner } from 'typeorm';
import { CONFIGURATION } from '../schema/configuration.js';
import { DELIVERIES } from '../schema/deliveries.js';
import { FUNCTIONS } from '../schema/functions.js';
import { SECURITY } from '../schema/security.js';

/** The whole schema. Raw SQL: row-level security, partitions and partial indexes are the design, no generator writes them. */
export class Schema1764460800000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const sql of [CONFIGURATION, DELIVERIES, FUNCTIONS, SECURITY]) await runner.query(sql);
  }

  async down(): Promise<void> {
    throw new Error('the schema has no way back: restore a backup instead');
  }
}
