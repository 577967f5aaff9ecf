import { Column, Entity, PrimaryColumn } from 'typeorm';

export const SIGNATURE_VERDICTS = ['valid', 'invalid', 'unknown'] as const;
export type SignatureVerdict = (typeof SIGNATURE_VERDICTS)[number];

/** What arrived at a test inbox: a candidate's data, kept for 7 days. */
@Entity('inbox_messages')
export class InboxMessage {
  @PrimaryColumn('uuid')
  id: string;

  @Column('uuid', { name: 'agency_id' })
  agencyId: string;

  @Column('uuid', { name: 'inbox_id' })
  inboxId: string;

  @Column('timestamptz', { name: 'received_at', default: () => 'now()' })
  receivedAt: Date;

  @Column('text')
  method: string;

  /** Values that are not ours are cut to their last 4 characters. */
  @Column('json')
  headers: Record<string, string>;

  /** null: erased. */
  @Column('text', { nullable: true })
  body: string | null;

  /** Bytes of the body as it came. */
  @Column('integer')
  size: number;

  @Column('text', { nullable: true })
  event: string | null;

  /** As its headers claim, whoever sent it: erasing an event must find every copy of it. */
  @Column('uuid', { name: 'event_id', nullable: true })
  eventId: string | null;

  /** Only of a message with a right signature. */
  @Column('uuid', { name: 'delivery_id', nullable: true })
  deliveryId: string | null;

  @Column('uuid', { name: 'webhook_id', nullable: true })
  webhookId: string | null;

  @Column('text')
  signature: SignatureVerdict;
}
