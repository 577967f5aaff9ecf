import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import { ID_OR_NULL, TEXT_OR_NULL } from '../../http/nullable-schemas.js';
import { pageModel } from '../../http/keyset-page.js';
import { SIGNATURE_VERDICTS, type SignatureVerdict } from './inbox-message.entity.js';

@ApiSchema({ name: 'Inbox' })
export class InboxResponse {
  @ApiProperty({ format: 'uuid' })
  id: string;

  @ApiProperty({
    format: 'uri',
    description: 'The address for a webhook. Anyone who knows it can post to it; nothing can be read with it.',
    example: 'https://webhooks.bpoc.example/inbox/WkzG1fFqX1u6YdcTg4sO0b8v1rJmQyq3hS2nE9aLxPk',
  })
  url: string;

  @ApiProperty({ format: 'date-time' })
  created_at: Date;
}

@ApiSchema({ name: 'InboxMessage' })
export class InboxMessageResponse {
  @ApiProperty({ format: 'uuid' })
  id: string;

  @ApiProperty({ format: 'date-time' })
  received_at: Date;

  @ApiProperty({ example: 'POST' })
  method: string;

  @ApiProperty({
    type: 'object',
    additionalProperties: { type: 'string' },
    description: 'As received; values of other headers than ours are cut to their last four characters.',
    example: { 'x-webhook-event': 'offer.sent' },
  })
  headers: Record<string, string>;

  @ApiProperty({ ...TEXT_OR_NULL, description: 'As received, byte for byte. null: erased, or left out.' })
  body: string | null;

  @ApiProperty({
    description: 'Whether headers and body are left out, because the list would exceed 1 MiB: get the message instead.',
  })
  left_out: boolean;

  @ApiProperty({ type: 'integer', description: 'Bytes of the body.', example: 412 })
  size: number;

  @ApiProperty({ ...TEXT_OR_NULL, description: 'As stated by its header.', example: 'offer.sent' })
  event: string | null;

  @ApiProperty({ ...ID_OR_NULL, description: 'Whose secret signed it.' })
  webhook_id: string | null;

  @ApiProperty({ ...ID_OR_NULL, description: 'Only with a valid signature.' })
  delivery_id: string | null;

  @ApiProperty({
    enum: SIGNATURE_VERDICTS,
    enumName: 'SignatureVerdict',
    description:
      '`valid`: signed with the secret of a webhook that has this address. `invalid`: signed with something else, ' +
      'modified on the way, or more than five signatures in one header. `unknown`: not signed, or no webhook has ' +
      'this address.',
  })
  signature: SignatureVerdict;
}

export class InboxMessagePage extends pageModel(InboxMessageResponse) {}

@ApiSchema({ name: 'InboxReceipt' })
export class InboxReceipt {
  @ApiProperty({ example: true })
  received: true;
}
