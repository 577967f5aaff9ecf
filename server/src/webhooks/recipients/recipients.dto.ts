import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import { IsString, MaxLength } from 'class-validator';
import { MAX_EMAIL_LENGTH } from '../../lib/email.js';

@ApiSchema({ name: 'AskRecipient' })
export class AskRecipient {
  @ApiProperty({
    description: 'A recipient of the webhook.',
    maxLength: MAX_EMAIL_LENGTH,
    example: 'ann@recruiting.example',
  })
  @IsString()
  @MaxLength(MAX_EMAIL_LENGTH)
  email: string;
}
