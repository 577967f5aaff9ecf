import { randomUUID } from 'node:crypto';
import { exampleData, findEvent } from '../src/events/catalogue/catalogue.js';
import type { DomainEvent } from '../src/events/publishable-event.js';
import type { Options } from './options.js';

const TYPE = 'application.created';

/** Bytes of the message around the data. */
const ENVELOPE_BYTES =
  Buffer.byteLength(JSON.stringify({ event: TYPE, timestamp: new Date(0).toISOString(), data: 0 })) - 1;

/** Makes events like those of services, each about distinct records, for a realistic number of references. */
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
