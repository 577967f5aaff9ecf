import { applyDecorators } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import { IsIn, IsString, Length } from 'class-validator';
import { Email, RequiredText } from '../../http/field-checks.js';
import { MAX_BODY_BYTES } from '../../lib/message-size.js';
import { DIGEST_CHOICES, type DigestChoice } from '../digest-choice.js';
import { ROLES, type Right, type Role } from '../role.js';

const PASSWORD = {
  minLength: 12,
  maxLength: 200,
  description: 'At least 12 characters; a few unrelated words are good.',
};

const NewPassword = (example: string): PropertyDecorator =>
  applyDecorators(Length(PASSWORD.minLength, PASSWORD.maxLength), IsString(), ApiProperty({ ...PASSWORD, example }));

export class LoginDto {
  @Email({ example: 'anna@agency.example' })
  email: string;

  @ApiProperty({ example: 'correct horse battery staple', minLength: 1, maxLength: 200 })
  @IsString()
  @Length(1, 200)
  password: string;
}

export class ChangePasswordDto {
  @ApiProperty({ example: 'correct horse battery staple', minLength: 1, maxLength: 200 })
  @IsString()
  @Length(1, 200)
  current_password: string;

  @NewPassword('another horse without batteries')
  new_password: string;
}

export class AcceptInviteDto {
  @RequiredText({ description: 'What follows the # in the invite link.', maxLength: 200 })
  token: string;

  @NewPassword('correct horse battery staple')
  password: string;
}

export class ForgotPasswordDto {
  @Email({ example: 'anna@agency.example' })
  email: string;
}

export class ResetPasswordDto {
  @RequiredText({ description: 'What follows the # in the link of the email.', maxLength: 200 })
  token: string;

  @NewPassword('correct horse battery staple')
  password: string;
}

export class MeAgency {
  @ApiProperty({ format: 'uuid' })
  id: string;

  @ApiProperty({ example: 'North Star Recruiting' })
  name: string;
}

/** What a user interface shows about this installation. */
export class MePlatform {
  @ApiProperty({ type: 'integer', example: 30, description: 'Days that events, deliveries and attempts are kept.' })
  retention_days: number;

  @ApiProperty({ type: 'integer', example: MAX_BODY_BYTES, description: 'The longest message, in bytes.' })
  max_event_bytes: number;

  @ApiProperty({ type: 'integer', example: 10_000, description: 'How long a receiver may take to answer, in ms.' })
  answer_within_ms: number;

  @ApiProperty({
    type: 'integer',
    example: 10,
    description: 'The maximum number of concurrent requests to one webhook.',
  })
  parallel_requests: number;

  @ApiProperty({
    example: 1,
    description: 'The factor by which retry delays, pauses and the time until switching off are multiplied.',
  })
  delay_scale: number;

  @ApiProperty({
    type: 'integer',
    example: 10_000,
    description: 'How long turning off, deleting and bulk resends can be undone; 0: they take effect at once.',
  })
  undo_ms: number;

  @ApiProperty({
    type: [String],
    example: ['203.0.113.7'],
    description: 'Addresses and ranges that deliveries come from; empty: the operator has not named any.',
  })
  sends_from: string[];

  @ApiProperty({
    type: 'object',
    additionalProperties: { type: 'string' },
    nullable: true,
    example: { application: 'https://app.bpoc.example/applications/{id}' },
    description: 'URLs of records in the platform, by kind; `{id}` stands for the id. null: no links.',
  })
  record_urls: Record<string, string> | null;
}

export class UpdateMe {
  @ApiProperty({
    enum: DIGEST_CHOICES,
    enumName: 'DigestChoice',
    example: 'daily',
    description: 'How often you get a mail about your webhooks.',
  })
  @IsIn(DIGEST_CHOICES)
  digest: DigestChoice;
}

/** Who is signed in, and what they may do. */
export class Me {
  @ApiProperty({ enum: ['user', 'key'], description: 'A person, or an API key.' })
  kind: 'user' | 'key';

  @ApiProperty({ format: 'uuid' })
  id: string;

  @ApiProperty({
    example: 'Anna Berg',
    description: 'Name of the person (the email when none is known) or of the key.',
  })
  name: string;

  @ApiProperty({ type: String, nullable: true, example: 'anna@agency.example', description: 'null for a key.' })
  email: string | null;

  @ApiProperty({ enum: ROLES, enumName: 'Role', example: 'admin' })
  role: Role;

  @ApiProperty()
  agency: MeAgency;

  @ApiProperty({
    enum: DIGEST_CHOICES,
    enumName: 'DigestChoice',
    nullable: true,
    description:
      'How often the person gets a mail about their webhooks. The default is weekly for owners and never for others. ' +
      'null: there is none, because it is a key or the server sends no mail.',
  })
  digest: DigestChoice | null;

  @ApiProperty({
    type: [String],
    example: ['webhooks.read', 'deliveries.read', 'content.read'],
    description:
      'What the caller may do, by which a user interface shows and hides. ' +
      '`x-required-right` of a route names the right that it requires.',
  })
  rights: Right[];

  @ApiProperty({
    type: [String],
    example: ['Anna Berg'],
    description: 'Names of the people to ask for more rights: admins and owners.',
  })
  admins: string[];

  @ApiProperty({ description: 'What applies to everyone on this installation.' })
  platform: MePlatform;
}
