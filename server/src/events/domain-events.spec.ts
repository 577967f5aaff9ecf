import { describe, expect, it } from '@jest/globals';
import { EVENT_DEFINITIONS, exampleData } from './catalogue/catalogue.js';
import { DomainEvents } from './domain-events.js';
import type { EventIntake } from './event-intake.js';
import type { Records } from './records/records.js';

const [created] = EVENT_DEFINITIONS;
const event = (data: object = {}) => ({
  type: created!.type,
  agencyId: '018f3c2e-7b1a-7c3d-9e4f-0123456789ab',
  data: { ...exampleData(created!), ...data },
});
/** Refused events never reach the intake. */
const bus = new DomainEvents(null as unknown as EventIntake, null as unknown as Records);

describe('a refused event', () => {
  it('names the wrong field in the message when there is only one', async () => {
    await expect(bus.publish(event({ jobId: '' }))).rejects.toThrow(/^data\.jobId must be .+\. Nothing was stored\.$/);
    await expect(bus.publish({ ...event(), occurredAt: '2026-02-30T10:00:00Z' })).rejects.toThrow(
      /^occurredAt must be /,
    );
  });

  it('leaves several wrong fields to the list of errors', async () => {
    const refusal = bus.publish(event({ jobId: '', candidateId: 5 }));
    await expect(refusal).rejects.toMatchObject({
      message: 'The event is not as the catalogue says. Nothing was stored.',
      errors: [{ field: 'data.jobId' }, { field: 'data.candidateId' }],
    });
  });

  it('is identified by its index in an array', async () => {
    await expect(bus.publishAll([event(), event({ jobId: '' })])).rejects.toMatchObject({
      message: expect.stringMatching(/^1\.data\.jobId must be /),
      errors: [{ field: '1.data.jobId', message: expect.stringMatching(/^1\.data\.jobId must be /) }],
    });
  });
});
