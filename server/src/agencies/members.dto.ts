import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import { IsIn } from 'class-validator';
import { ROLES, type Role } from '../auth/role.js';
import { Email, OptionalName } from '../http/field-checks.js';
import { pageModel } from '../http/keyset-page.js';

export const MEMBER_STATUSES = ['active', 'invited'] as const;
export type MemberStatus = (typeof MEMBER_STATUSES)[number];

@ApiSchema({ name: 'InviteMember' })
export class InviteMember {
  @Email({
    example: 'ben@agency.example',
    description: 'If another agency has the same address, the person has a password for each.',
  })
  email: string;

  @ApiProperty({ enum: ROLES, enumName: 'Role', example: 'viewer' })
  @IsIn(ROLES)
  role: Role;

  @OptionalName({ example: 'Ben Okafor', description: 'Absent: stays as it is.' })
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

  @ApiProperty({ example: 'Ben Okafor', description: 'The email address if there is no name.' })
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
    description: 'When the newest invite link expires; null if there is none. Shown to admins and owners.',
  })
  invite_expires_at: string | null;

  @ApiProperty({ format: 'date-time' })
  created_at: string;
}

@ApiSchema({ name: 'InvitedMember' })
export class InvitedMemberResponse extends MemberResponse {
  @ApiProperty({ description: 'Whether the person gets the link by email.' })
  mailed: boolean;

  @ApiProperty({
    example: 'https://webhooks.example/invite#bpoc_inv_…',
    description: 'Where the person sets a password, once, within 7 days. Shown only here.',
  })
  invite_url: string;
}

export class MemberPage extends pageModel(MemberResponse) {}
