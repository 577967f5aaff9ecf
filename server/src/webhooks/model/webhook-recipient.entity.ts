import { Column, Entity } from 'typeorm';
import { TenantRow } from '../../database/tenant-row.entity.js';

export const RECIPIENT_STATES = ['waiting', 'confirmed', 'unsubscribed', 'bounced'] as const;
export type RecipientState = (typeof RECIPIENT_STATES)[number];

/** A recipient of a webhook of kind email. Only confirmed ones get mails. */
@Entity('webhook_recipients')
export class WebhookRecipient extends TenantRow {
  @Column('uuid', { name: 'webhook_id' })
  webhookId: string;

  /** Lower-case. */
  @Column('text')
  email: string;

  @Column('text')
  state: RecipientState;

  /** The answer of the mail server that ended the address. */
  @Column('text', { nullable: true })
  reason: string | null;

  @Column('timestamptz', { name: 'changed_at', default: () => 'now()' })
  changedAt: Date;
}
