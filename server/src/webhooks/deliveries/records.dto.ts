import { ApiProperty, ApiPropertyOptional, ApiSchema } from '@nestjs/swagger';
import { IsString, Matches, MaxLength, MinLength } from 'class-validator';
import { TEXT_OR_NULL } from '../../http/nullable-schemas.js';
import { MayBeAbsent } from '../../http/field-checks.js';
import { ONE_LINE, schemaPattern } from '../../lib/text.js';

export class RecordsQuery {
  @ApiPropertyOptional({
    description:
      'Beginnings of words of a name or of a job title, in any order, ignoring case and accents; or the beginning of ' +
      'an id. Omitted: nothing is found.',
    example: 'maria san',
    minLength: 1,
    maxLength: 200,
    pattern: schemaPattern(ONE_LINE),
  })
  @MayBeAbsent()
  @IsString()
  @MinLength(1)
  @MaxLength(200)
  @Matches(ONE_LINE)
  q?: string;
}

@ApiSchema({ name: 'Record' })
export class RecordResponse {
  @ApiProperty({ description: 'Kind of record; with its id a `reference` of the log.', example: 'candidate' })
  kind: string;

  @ApiProperty({ description: 'As it is in `data`.', example: 'uuid-789' })
  id: string;

  @ApiProperty({
    ...TEXT_OR_NULL,
    description:
      'Its name in the newest event: that of a candidate, the title of a job, for an application that of its job. ' +
      'null for viewers.',
    example: 'Maria Santos',
  })
  label: string | null;
}

@ApiSchema({ name: 'Records' })
export class RecordsResponse {
  @ApiProperty({ type: [RecordResponse], maxItems: 20, description: 'At most 20, the last ones seen.' })
  data: RecordResponse[];
}
