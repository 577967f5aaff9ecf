import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsDefined, IsEmail, IsOptional, IsString, Length, Matches, MaxLength, ValidateNested } from 'class-validator';

// PostgreSQL cannot store a NUL, and a line break in a name breaks every list it is shown in.
// eslint-disable-next-line no-control-regex
const NO_CONTROL = /^[^\u0000-\u001f\u007f]*$/;
const NO_CONTROL_MESSAGE = '$property must not contain control characters';

export class AgencyOwnerDto {
  @ApiProperty({
    example: 'anna@agency.example',
    description: 'A person has one agency; another agency must not know this address.',
  })
  @IsEmail()
  @MaxLength(320)
  email: string;

  @ApiPropertyOptional({ example: 'Anna Berg' })
  @IsOptional()
  @IsString()
  @MaxLength(200)
  @Matches(NO_CONTROL, { message: NO_CONTROL_MESSAGE })
  name?: string;
}

export class ProvisionAgencyDto {
  @ApiProperty({ example: 'North Star Recruiting' })
  @IsString()
  @Length(1, 200)
  @Matches(NO_CONTROL, { message: NO_CONTROL_MESSAGE })
  name: string;

  @ApiProperty()
  @IsDefined()
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
