import { ApiProperty, ApiPropertyOptional, ApiSchema } from '@nestjs/swagger';
import { IsIn, IsOptional } from 'class-validator';
import { TIME } from '../../lib/time.js';
import { IsTime, Name } from '../../http/field-checks.js';
import { pageModel } from '../../http/keyset-page.js';
import { ROLES, type Role } from '../role.js';

@ApiSchema({ name: 'CreateApiKey' })
export class CreateApiKey {
  @Name({ example: 'ATS integration', description: 'What the key is for, in one line.' })
  name: string;

  @ApiProperty({
    enum: ROLES,
    enumName: 'Role',
    example: 'viewer',
    description: 'What the key may do: at most what you may do.',
  })
  @IsIn(ROLES)
  role: Role;

  @ApiPropertyOptional({
    ...TIME,
    nullable: true,
    example: '2099-12-31T00:00:00Z',
    description: 'When the key expires, in the future; absent or null: never.',
  })
  @IsOptional()
  @IsTime()
  expires_at?: string | null;
}

@ApiSchema({ name: 'ApiKey' })
export class ApiKeyResponse {
  @ApiProperty({ format: 'uuid' })
  id: string;

  @ApiProperty({ example: 'ATS integration' })
  name: string;

  @ApiProperty({ enum: ROLES, enumName: 'Role', example: 'viewer' })
  role: Role;

  @ApiProperty({ example: 'x8Qd', description: 'The end of the key, to tell keys apart.' })
  last4: string;

  @ApiProperty({
    type: String,
    nullable: true,
    example: 'Anna Berg',
    description: 'Name of the person or key that created it.',
  })
  created_by: string | null;

  @ApiProperty({ format: 'date-time' })
  created_at: string;

  @ApiProperty({ type: String, format: 'date-time', nullable: true, description: 'null: it never expires.' })
  expires_at: string | null;

  @ApiProperty({ description: 'Whether it has expired and no longer works.' })
  expired: boolean;

  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description: 'To the minute; null: never.',
  })
  last_used_at: string | null;
}

@ApiSchema({ name: 'ApiKeyWithToken' })
export class ApiKeyWithTokenResponse extends ApiKeyResponse {
  @ApiProperty({
    example: 'bpoc_key_…',
    description: 'The key itself, sent as `Authorization: Bearer …`. Shown only here.',
  })
  token: string;
}

export class ApiKeyPage extends pageModel(ApiKeyResponse) {}
