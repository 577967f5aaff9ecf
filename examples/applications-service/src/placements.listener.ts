import { Injectable } from '@nestjs/common';
import { OnEvent } from '@nestjs/event-emitter';
import { CandidateHired } from './candidate-hired.event.js';
import { Placement } from './placement.entity.js';

/** Another part of the service that listens to the same domain event. */
@Injectable()
export class PlacementsListener {
  // By default Nest only logs errors of listeners; here the transaction must fail.
  @OnEvent(CandidateHired.NAME, { suppressErrors: false })
  async onCandidateHired({ placementId, application, startDate, manager }: CandidateHired): Promise<void> {
    await manager.insert(Placement, { id: placementId, applicationId: application.id, startDate });
  }
}
