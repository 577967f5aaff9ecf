import { Controller, Delete, Param, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { requireAgency } from '../../auth/access.guard.js';
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
      'Erases the message and the responses of receivers of every event that refers to the record and was accepted ' +
      'before, and cancels pending deliveries. Ids, times and outcomes stay in the log. Returns when it is done. ' +
      'Repeating it is harmless, and completes a request that was cut off.',
  })
  @ApiOkResponse({ type: ErasureResponse })
  @ApiProblems('validation_failed', 'database_unavailable')
  async erase(
    @CurrentActor() actor: Actor,
    @Param() { kind, value }: ReferenceParams,
    @Query() query: ErasureQuery,
  ): Promise<ErasureResponse> {
    const agencyId = query.agencyId.toLowerCase();
    requireAgency(actor, agencyId);
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
