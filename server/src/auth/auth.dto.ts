import { ApiProperty } from '@nestjs/swagger';
import { IsEmail, IsString, Length, MaxLength } from 'class-validator';
import { ROLES, type Right, type Role } from './role.js';

const PASSWORD = {
  minLength: 12,
  maxLength: 200,
  description: 'At least 12 characters; a few unrelated words do well.',
};

export class LoginDto {
  @ApiProperty({ format: 'email', example: 'anna@agency.example' })
  @IsEmail()
  @MaxLength(320)
  email: string;

  @ApiProperty({ example: 'correct horse battery staple' })
  @IsString()
  @Length(1, 200)
  password: string;
}

export class ChangePasswordDto {
  @ApiProperty({ example: 'correct horse battery staple' })
  @IsString()
  @Length(1, 200)
  current_password: string;

  @ApiProperty({ ...PASSWORD, example: 'another horse without batteries' })
  @IsString()
  @Length(PASSWORD.minLength, PASSWORD.maxLength)
  new_password: string;
}

export class AcceptInviteDto {
  @ApiProperty({ description: 'What follows the # in the invite link.' })
  @IsString()
  @MaxLength(200)
  token: string;

  @ApiProperty({ ...PASSWORD, example: 'correct horse battery staple' })
  @IsString()
  @Length(PASSWORD.minLength, PASSWORD.maxLength)
  password: string;
}

export class MeAgency {
  @ApiProperty({ format: 'uuid' })
  id: string;

  @ApiProperty({ example: 'North Star Recruiting' })
  name: string;
}

/** Who is signed in, and what they may do. */
export class Me {
  @ApiProperty({ enum: ['user', 'key'], description: 'A person, or an API key.' })
  kind: 'user' | 'key';

  @ApiProperty({ format: 'uuid' })
  id: string;

  @ApiProperty({
    example: 'Anna Berg',
    description: 'Name of the person (the e-mail when none is known) or of the key.',
  })
  name: string;

  @ApiProperty({ type: String, nullable: true, example: 'anna@agency.example', description: 'null for a key.' })
  email: string | null;

  @ApiProperty({ enum: ROLES, enumName: 'Role', example: 'admin' })
  role: Role;

  @ApiProperty()
  agency: MeAgency;

  @ApiProperty({
    type: [String],
    example: ['webhooks.read', 'deliveries.read', 'content.read'],
    description:
      'What the caller may do; a user interface shows and hides by these. `x-required-right` of a route names the one it asks for.',
  })
  rights: Right[];

  @ApiProperty({
    type: [String],
    example: ['Anna Berg'],
    description: 'Names of those to ask for more: admins and owners.',
  })
  admins: string[];
}
