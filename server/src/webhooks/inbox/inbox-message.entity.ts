import { Column, Entity } from 'typeorm';
import { TenantRow } from '../../database/tenant-row.entity.js';

export const SIGNATURE_VERDICTS = ['valid', 'invalid', 'unknown'] as const;
export type SignatureVerdict = (typeof SIGNATURE_VERDICTS)[number];

/** A message at a test inbox: personal data, kept for 7 days. */
@Entity('inbox_messages')
export class InboxMessage extends TenantRow {
  @Column('uuid', { name: 'inbox_id' })
  inboxId: string;

  @Column('timestamptz', { name: 'received_at', default: () => 'now()' })
  receivedAt: Date;

  @Column('text')
  method: string;

  /** Values of custom headers are cut to their last 4 characters. */
  @Column('json')
  headers: Record<string, string>;

  /** null: erased. */
  @Column('text', { nullable: true })
  body: string | null;

  /** Bytes of the body as received. */
  @Column('integer')
  size: number;

  @Column('text', { nullable: true })
  event: string | null;

  /** As claimed by the headers, even unsigned: erasing an event must find every copy of it. */
  @Column('uuid', { name: 'event_id', nullable: true })
  eventId: string | null;

  /** Only with a valid signature. */
  @Column('uuid', { name: 'delivery_id', nullable: true })
  deliveryId: string | null;

  @Column('uuid', { name: 'webhook_id', nullable: true })
  webhookId: string | null;

  @Column('text')
  signature: SignatureVerdict;
}
