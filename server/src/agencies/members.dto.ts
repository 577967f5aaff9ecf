import { ApiProperty, ApiPropertyOptional, ApiSchema } from '@nestjs/swagger';
import { IsEmail, IsIn, IsString, Matches, MaxLength } from 'class-validator';
import { NAME_MESSAGE, NAME_OR_EMPTY, published } from '../lib/text.js';
import { ROLES, type Role } from '../auth/role.js';
import { pageModel } from '../http/keyset-page.js';
import { MayBeAbsent } from '../http/field-checks.js';

export const MEMBER_STATUSES = ['active', 'invited'] as const;
export type MemberStatus = (typeof MEMBER_STATUSES)[number];

@ApiSchema({ name: 'InviteMember' })
export class InviteMember {
  @ApiProperty({
    format: 'email',
    example: 'ben@agency.example',
    description: 'Where another agency knows the address too, the person has a password for each.',
    maxLength: 320,
  })
  @IsEmail()
  @MaxLength(320)
  email: string;

  @ApiProperty({ enum: ROLES, enumName: 'Role', example: 'viewer' })
  @IsIn(ROLES)
  role: Role;

  @ApiPropertyOptional({
    example: 'Ben Okafor',
    maxLength: 200,
    pattern: published(NAME_OR_EMPTY),
    description: 'Left out: stays as it is.',
  })
  @MayBeAbsent()
  @IsString()
  @MaxLength(200)
  @Matches(NAME_OR_EMPTY, { message: NAME_MESSAGE })
  name?: string;
}

@ApiSchema({ name: 'UpdateMember' })
export class UpdateMember {
  @ApiProperty({ enum: ROLES, enumName: 'Role', example: 'viewer' })
  @IsIn(ROLES)
  role: Role;
}

@ApiSchema({ name: 'Member' })
export class MemberResponse {
  @ApiProperty({ format: 'uuid' })
  id: string;

  @ApiProperty({ example: 'Ben Okafor', description: 'The email address when no name is known.' })
  name: string;

  @ApiProperty({
    type: String,
    nullable: true,
    example: 'ben@agency.example',
    description: 'Shown to admins and owners; null for others.',
  })
  email: string | null;

  @ApiProperty({ enum: ROLES, enumName: 'Role', example: 'member' })
  role: Role;

  @ApiProperty({
    enum: MEMBER_STATUSES,
    enumName: 'MemberStatus',
    description: '`invited`: has not set a password yet.',
  })
  status: MemberStatus;

  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description: 'Until when the newest invite link works; null when there is none. Shown to admins and owners.',
  })
  invite_expires_at: string | null;

  @ApiProperty({ format: 'date-time' })
  created_at: string;
}

@ApiSchema({ name: 'InvitedMember' })
export class InvitedMemberResponse extends MemberResponse {
  @ApiProperty({ description: 'Whether the link goes to the person by email.' })
  mailed: boolean;

  @ApiProperty({
    example: 'https://webhooks.example/invite#bpoc_inv_…',
    description: 'Where the person sets a password, once, within 7 days. Shown only here.',
  })
  invite_url: string;
}

export class MemberPage extends pageModel(MemberResponse) {}
