import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  IsDefined,
  IsEmail,
  IsObject,
  IsOptional,
  IsString,
  Length,
  Matches,
  MaxLength,
  ValidateNested,
} from 'class-validator';
import { ONE_LINE } from '../common/one-line.js';

const NO_CONTROL_MESSAGE = '$property must not contain control characters';

export class AgencyOwnerDto {
  @ApiProperty({
    format: 'email',
    example: 'anna@agency.example',
    description: 'An agency is not made for somebody whom another agency knows.',
  })
  @IsEmail()
  @MaxLength(320)
  email: string;

  @ApiPropertyOptional({ example: 'Anna Berg' })
  @IsOptional()
  @IsString()
  @MaxLength(200)
  @Matches(ONE_LINE, { message: NO_CONTROL_MESSAGE })
  name?: string;
}

export class ProvisionAgencyDto {
  @ApiProperty({ example: 'North Star Recruiting' })
  @IsString()
  @Length(1, 200)
  @Matches(ONE_LINE, { message: NO_CONTROL_MESSAGE })
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
      'Where the owner sets a password, for 7 days. null once that has happened. Asking again makes a new link and ends the old one.',
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
