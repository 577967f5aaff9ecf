import { ApiProperty, ApiPropertyOptional, ApiSchema } from '@nestjs/swagger';
import { IsBoolean, IsIn, IsOptional, ValidateIf } from 'class-validator';
import { IsTime, Name, RequiredText } from '../../http/field-checks.js';
import { TIME } from '../../lib/time.js';
import { ROLES, type Role } from '../role.js';

export const CODE_STATES = ['pending', 'allowed', 'denied', 'expired'] as const;

@ApiSchema({ name: 'StartCode' })
export class StartCode {
  @Name({
    example: 'bpoc-webhooks on anna-laptop',
    description: 'The name of the program, which the person reads and the key gets.',
  })
  client: string;
}

@ApiSchema({ name: 'StartedCode' })
export class StartedCodeResponse {
  @ApiProperty({ example: 'bpoc_dev_…', description: 'For the program only: with it the program fetches the key.' })
  device_code: string;

  @ApiProperty({ example: 'BCDF-GHJK', description: 'For the person, who types it.' })
  user_code: string;

  @ApiProperty({ description: 'The page of this server where the person confirms.' })
  verification_path: string;

  @ApiProperty({
    type: String,
    nullable: true,
    description: 'The full URL; null: the server does not know its own address.',
  })
  verification_url: string | null;

  @ApiProperty({ type: 'integer', description: 'Seconds until both codes expire.', example: 600 })
  expires_in: number;

  @ApiProperty({ type: 'integer', description: 'Seconds to wait between two requests for the key.', example: 3 })
  interval: number;
}

@ApiSchema({ name: 'PollCode' })
export class PollCode {
  @RequiredText({
    example: 'bpoc_dev_…',
    description: 'The `device_code` from the start of the sign-in.',
    maxLength: 200,
  })
  device_code: string;
}

@ApiSchema({ name: 'CodeStatus' })
export class CodeStatusResponse {
  @ApiProperty({
    enum: CODE_STATES,
    enumName: 'CodeState',
    description:
      '`pending`: ask again. `allowed`: `key` is there, only this once. `denied` or `expired`: it is over. ' +
      '`denied` also if the person who allowed it may no longer create such a key.',
  })
  status: (typeof CODE_STATES)[number];

  @ApiProperty({ type: String, nullable: true, description: 'The API key, shown only here.', example: 'bpoc_key_…' })
  key: string | null;
}

@ApiSchema({ name: 'FindCode' })
export class FindCode {
  @RequiredText({ example: 'BCDF-GHJK', description: 'As the program shows it.', maxLength: 20 })
  user_code: string;
}

@ApiSchema({ name: 'FoundCode' })
export class FoundCodeResponse {
  @ApiProperty({ example: 'bpoc-webhooks on anna-laptop', description: 'The name that the program gave itself.' })
  client: string;

  @ApiProperty({
    example: '203.0.113.7',
    description: 'The address that the request came from, as this server sees it; for IPv6 its /64 network.',
  })
  address: string;

  @ApiProperty({ format: 'date-time', description: 'When it asked.' })
  started_at: string;

  @ApiProperty({ format: 'date-time', description: 'When it can no longer be answered.' })
  expires_at: string;
}

@ApiSchema({ name: 'AnswerCode' })
export class AnswerCode extends FindCode {
  @ApiProperty({ description: 'Whether the program gets a key.' })
  @IsBoolean()
  allow: boolean;

  @ApiPropertyOptional({
    enum: ROLES,
    enumName: 'Role',
    example: 'viewer',
    description: 'What the key may do: at most what you may do. Required with `allow`.',
  })
  @ValidateIf(({ allow, role }: AnswerCode) => allow || role !== undefined)
  @IsIn(ROLES)
  role?: Role;

  @ApiPropertyOptional({ ...TIME, nullable: true, description: 'When the key expires; absent: never.' })
  @IsOptional()
  @IsTime()
  expires_at?: string | null;
}

@ApiSchema({ name: 'RevokeKey' })
export class RevokeKey {
  @RequiredText({ example: 'bpoc_key_…', description: 'The key itself.', maxLength: 200 })
  key: string;
}
