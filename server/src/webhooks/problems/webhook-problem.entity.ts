import { Column, Entity, PrimaryColumn } from 'typeorm';

/** What people said about a problem of a webhook. */
@Entity('webhook_problems')
export class WebhookProblem {
  @PrimaryColumn('uuid', { name: 'webhook_id' })
  webhookId: string;

  @Column('uuid', { name: 'agency_id' })
  agencyId: string;

  /** When the problem that they meant began; null: it was `some_problems`, which has no beginning. */
  @Column('timestamptz', { name: 'failing_since', nullable: true })
  failingSince: Date | null;

  @Column('timestamptz', { name: 'acknowledged_at', nullable: true })
  acknowledgedAt: Date | null;

  /** A name, as in the audit log. */
  @Column('text', { name: 'acknowledged_by', nullable: true })
  acknowledgedBy: string | null;

  @Column('text', { nullable: true })
  note: string | null;

  @Column('timestamptz', { name: 'muted_at', nullable: true })
  mutedAt: Date | null;

  @Column('text', { name: 'muted_by', nullable: true })
  mutedBy: string | null;
}
