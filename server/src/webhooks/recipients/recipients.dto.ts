import { ApiSchema } from '@nestjs/swagger';
import { RequiredText } from '../../http/field-checks.js';
import { MAX_EMAIL_LENGTH } from '../../lib/email.js';

@ApiSchema({ name: 'AskRecipient' })
export class AskRecipient {
  @RequiredText({
    description: 'A recipient of the webhook.',
    maxLength: MAX_EMAIL_LENGTH,
    example: 'ann@recruiting.example',
  })
  email: string;
}
