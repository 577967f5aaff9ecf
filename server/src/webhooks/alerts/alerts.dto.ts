import { ApiProperty, ApiPropertyOptional, ApiSchema } from '@nestjs/swagger';
import { ArrayMaxSize, IsArray, IsBoolean, IsString, IsUUID, ValidateIf } from 'class-validator';
import { MayBeAbsent } from '../../http/field-checks.js';

export const MAX_EMAILS = 10;

const EMAILS = {
  type: 'array',
  items: { type: 'string', format: 'email' },
  maxItems: MAX_EMAILS,
  example: ['ops@agency.example'],
} as const;
const CHAT = { type: String, nullable: true, format: 'uuid', example: null } as const;
const URL = { type: String, nullable: true, format: 'uri', example: 'https://alerts.agency.example/bpoc' } as const;

@ApiSchema({ name: 'UpdateAlerts' })
export class UpdateAlerts {
  @ApiProperty({ ...EMAILS, description: 'Who gets emails; may be empty. Duplicates are dropped.' })
  @IsArray()
  @ArrayMaxSize(MAX_EMAILS, { message: `At most ${MAX_EMAILS} email addresses.` })
  @IsString({ each: true })
  emails: string[];

  @ApiProperty({
    ...URL,
    maxLength: 2048,
    description:
      'Where a signed JSON message is posted, with the rules for addresses of webhooks; null: nowhere. See ' +
      'docs/delivery.md.',
  })
  @ValidateIf((_body, value) => value !== null)
  @IsString()
  url: string | null;

  @ApiPropertyOptional({
    ...CHAT,
    description: 'A webhook of the agency of kind `slack`, `teams` or `google_chat`, whose chat gets the message too.',
  })
  @ValidateIf((_body, value) => value !== null && value !== undefined)
  @IsUUID()
  chat_webhook_id?: string | null;

  @ApiPropertyOptional({
    description: 'Ignored. Allowed so that the response of GET can be changed and sent back.',
    example: false,
  })
  @MayBeAbsent()
  @IsBoolean()
  default?: boolean;
}

@ApiSchema({ name: 'Alerts' })
export class AlertsResponse {
  @ApiProperty({ ...EMAILS, description: 'Lower-case.' })
  emails: string[];

  @ApiProperty({ ...URL, description: 'Where a signed JSON message is posted; null: nowhere.' })
  url: string | null;

  @ApiProperty({ ...CHAT, description: 'The webhook whose chat gets the message; null: none.' })
  chat_webhook_id: string | null;

  @ApiProperty({
    description:
      'Not set yet: the owners who have accepted their invitation are alerted by email (at most 10, the oldest ' +
      'first), if the server can send email.',
    example: false,
  })
  default: boolean;
}
