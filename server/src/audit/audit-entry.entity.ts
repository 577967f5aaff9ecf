import { Column, Entity } from 'typeorm';
import { TenantRow } from '../database/tenant-row.entity.js';

/** Append-only: no role may change an entry, or delete one younger than a year. */
@Entity('audit_log')
export class AuditEntry extends TenantRow {
  @Column('timestamptz', { default: () => 'now()' })
  at: Date;

  @Column('text', { name: 'actor_kind' })
  actorKind: 'user' | 'key' | 'service' | 'link' | 'system';

  @Column('text', { name: 'actor_id', nullable: true })
  actorId: string | null;

  @Column('text', { name: 'actor_name', nullable: true })
  actorName: string | null;

  @Column('text')
  action: string;

  @Column('text', { name: 'target_kind', nullable: true })
  targetKind: string | null;

  @Column('text', { name: 'target_id', nullable: true })
  targetId: string | null;

  @Column('jsonb', { default: () => "'{}'" })
  details: object;
}
