import { Controller, Delete, Param, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { demandAgency } from '../../auth/access.guard.js';
import { type Actor, CurrentActor } from '../../auth/actor.js';
import { AllowService } from '../../auth/allow.js';
import { ApiProblems } from '../../http/api-problems.js';
import { Erasure } from '../engine/housekeeping/erasure.js';
import { ErasureQuery, ErasureResponse, ReferenceParams } from './erasure.dto.js';

/** Called by the platform when it erases a candidate. */
@ApiTags('internal')
@Controller('api/internal/references')
export class ErasureController {
  constructor(private readonly erasure: Erasure) {}

  @Delete(':kind/:value')
  @AllowService('erase')
  @ApiOperation({
    summary: 'Erase what events said about a record',
    description:
      'Of every event that speaks of it and was accepted before: the message and the answers of receivers are ' +
      'erased, pending deliveries are cancelled. Ids, times and outcomes stay in the log. Answers when it is done; ' +
      'asking again is harmless, and does the rest when the first request was cut off.',
  })
  @ApiOkResponse({ type: ErasureResponse })
  @ApiProblems('validation_failed', 'database_unavailable')
  async erase(
    @CurrentActor() actor: Actor,
    @Param() { kind, value }: ReferenceParams,
    @Query() query: ErasureQuery,
  ): Promise<ErasureResponse> {
    const agencyId = query.agencyId.toLowerCase();
    demandAgency(actor, agencyId);
    const { events, deliveriesCancelled, inFlight, receivedBy } = await this.erasure.erase(
      { agencyId, kind, value },
      actor,
    );
    return {
      events,
      deliveries_cancelled: deliveriesCancelled,
      in_flight: inFlight,
      received_by: receivedBy.map(({ webhookId, ...of }) => ({ webhook_id: webhookId, ...of })),
    };
  }
}
