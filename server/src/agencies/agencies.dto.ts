import { ApiProperty } from '@nestjs/swagger';
import { IsDefined } from 'class-validator';
import { Email, Name, Nested, OptionalName } from '../http/field-checks.js';

export class AgencyOwnerDto {
  @Email({ example: 'anna@agency.example', description: 'A person of another agency cannot become the owner.' })
  email: string;

  @OptionalName({ example: 'Anna Berg' })
  name?: string;
}

export class ProvisionAgencyDto {
  @Name({ example: 'North Star Recruiting' })
  name: string;

  @ApiProperty()
  @IsDefined()
  @Nested(() => AgencyOwnerDto)
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
      'Where the owner sets a password, within 7 days. null once that has happened. ' +
      'Repeating the request creates a new link and ends the old one.',
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
