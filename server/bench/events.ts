import { randomUUID } from 'node:crypto';
import { exampleData, findEvent } from '../src/events/catalogue/catalogue.js';
import type { DomainEvent } from '../src/events/publishable-event.js';
import type { Options } from './options.js';

const TYPE = 'application.created';

/** The message's own bytes around the data. */
const ENVELOPE_BYTES =
  Buffer.byteLength(JSON.stringify({ event: TYPE, timestamp: new Date(0).toISOString(), data: 0 })) - 1;

/** Makes events as services publish them: distinct records, so that references are as many as in life. */
export function eventMaker({ payload, keys }: Pick<Options, 'payload' | 'keys'>): (agencyId: string) => DomainEvent {
  const example = exampleData(findEvent(TYPE)!) as Record<string, string>;
  const natural = ENVELOPE_BYTES + Buffer.byteLength(JSON.stringify({ ...example, ...records() }));
  const jobTitle = example['jobTitle'] + ' '.repeat(Math.max(0, payload - natural));
  return (agencyId) => ({
    ...(keys ? { id: randomUUID() } : {}),
    type: TYPE,
    agencyId,
    data: { ...example, jobTitle, ...records() },
  });
}

function records(): Record<string, string> {
  return { applicationId: randomUUID(), jobId: randomUUID(), candidateId: randomUUID() };
}
