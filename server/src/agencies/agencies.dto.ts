import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsDefined, IsEmail, IsObject, IsString, Length, Matches, MaxLength, ValidateNested } from 'class-validator';
import { NAME, NAME_MESSAGE, NAME_OR_EMPTY, published } from '../lib/text.js';
import { MayBeAbsent } from '../http/field-checks.js';

export class AgencyOwnerDto {
  @ApiProperty({
    format: 'email',
    example: 'anna@agency.example',
    description: 'A person of another agency cannot become the owner.',
    maxLength: 320,
  })
  @IsEmail()
  @MaxLength(320)
  email: string;

  @ApiPropertyOptional({ example: 'Anna Berg', maxLength: 200, pattern: published(NAME_OR_EMPTY) })
  @MayBeAbsent()
  @IsString()
  @MaxLength(200)
  @Matches(NAME_OR_EMPTY, { message: NAME_MESSAGE })
  name?: string;
}

export class ProvisionAgencyDto {
  @ApiProperty({ example: 'North Star Recruiting', minLength: 1, maxLength: 200, pattern: published(NAME) })
  @IsString()
  @Length(1, 200)
  @Matches(NAME, { message: NAME_MESSAGE })
  name: string;

  @ApiProperty()
  @IsDefined()
  @IsObject()
  @ValidateNested()
  @Type(() => AgencyOwnerDto)
  owner: AgencyOwnerDto;
}

export class ProvisionedOwner {
  @ApiProperty({ example: 'anna@agency.example' })
  email: string;

  @ApiProperty({
    type: String,
    nullable: true,
    example: 'https://webhooks.example/invite#bpoc_inv_…',
    description:
      'Where the owner sets a password, for 7 days. null once that has happened. ' +
      'Asking again makes a new link and ends the old one.',
  })
  invite_url: string | null;
}

export class ProvisionedAgency {
  @ApiProperty({ format: 'uuid' })
  id: string;

  @ApiProperty({ example: 'North Star Recruiting' })
  name: string;

  @ApiProperty()
  owner: ProvisionedOwner;
}
