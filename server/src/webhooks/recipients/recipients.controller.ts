import { Body, Controller, HttpCode, Param, Post } from '@nestjs/common';
import { ApiNoContentResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { type AgencyActor, CurrentActor } from '../../auth/actor.js';
import { Allow } from '../../auth/allow.js';
import { ApiProblems } from '../../http/api-problems.js';
import { IdPipe } from '../../http/id.pipe.js';
import { AskRecipient } from './recipients.dto.js';
import { Recipients } from './recipients.service.js';

@ApiTags('webhooks')
@Controller('api/recruiter/webhooks/:id/recipients')
export class RecipientsController {
  constructor(private readonly recipients: Recipients) {}

  @Post('ask')
  @HttpCode(204)
  @Allow('webhooks.write')
  @ApiOperation({
    summary: 'Ask a recipient again',
    description:
      'For an address that is `waiting`, `unsubscribed` or `bounced`: it is asked for consent, at most once a day, ' +
      'three times ever, and not within 90 days after it declined. A member whose address bounced becomes a ' +
      'recipient again at once.',
  })
  @ApiNoContentResponse({ description: 'The address will be asked, or is a recipient again.' })
  @ApiProblems('validation_failed', 'not_found', 'too_many_requests')
  ask(
    @CurrentActor() actor: AgencyActor,
    @Param('id', IdPipe) id: string,
    @Body() { email }: AskRecipient,
  ): Promise<void> {
    return this.recipients.askAgain(actor, id, email);
  }
}
