import { describe, expect, it } from '@jest/globals';
import { EVENT_DEFINITIONS, exampleData } from './catalogue/catalogue.js';
import { DomainEvents } from './domain-events.js';
import type { EventIntake } from './event-intake.js';

const [created] = EVENT_DEFINITIONS;
const event = (data: object = {}) => ({
  type: created!.type,
  agencyId: '018f3c2e-7b1a-7c3d-9e4f-0123456789ab',
  data: { ...exampleData(created!), ...data },
});
/** Nothing comes so far. */
const bus = new DomainEvents(null as unknown as EventIntake);

describe('a refused event', () => {
  it('says which field is wrong when it is just one', async () => {
    await expect(bus.publish(event({ jobId: '' }))).rejects.toThrow(/^data\.jobId must be .+\. Nothing was stored\.$/);
    await expect(bus.publish({ ...event(), occurredAt: '2026-02-30T10:00:00Z' })).rejects.toThrow(
      /^occurredAt must be /,
    );
  });

  it('leaves the fields to the list when they are several', async () => {
    const refusal = bus.publish(event({ jobId: '', candidateId: 5 }));
    await expect(refusal).rejects.toMatchObject({
      message: 'The event is not as the catalogue says. Nothing was stored.',
      errors: [{ field: 'data.jobId' }, { field: 'data.candidateId' }],
    });
  });

  it('is one of the array by its index', async () => {
    await expect(bus.publishAll([event(), event({ jobId: '' })])).rejects.toMatchObject({
      message: expect.stringMatching(/^1\.data\.jobId must be /),
      errors: [{ field: '1.data.jobId', message: expect.stringMatching(/^1\.data\.jobId must be /) }],
    });
  });
});
