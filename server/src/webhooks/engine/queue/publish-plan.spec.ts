import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { EVENT_DEFINITIONS, exampleData } from '../../../events/catalogue/catalogue.js';
import { parseDomainEvent } from '../../../events/publishable-event.js';
import { allSlots } from '../../../../test/all-slots.js';
import { AgencyRoutes, type Route } from '../routes.js';
import { planOf } from './publish-plan.js';

const [agencyId, other] = [randomUUID(), randomUUID()];
const definition = EVENT_DEFINITIONS[0]!;
const events = (count: number, of = agencyId) =>
  Array.from(
    { length: count },
    () => parseDomainEvent({ type: definition.type, agencyId: of, data: exampleData(definition) }, Date.now()).event!,
  );

function routesOf(...routes: (Partial<Route> & { events?: string[] })[]): AgencyRoutes {
  const agency = new AgencyRoutes(1);
  for (const route of routes)
    agency.add({
      webhookId: randomUUID(),
      version: 1,
      isActive: true,
      closed: false,
      paced: false,
      conditions: null,
      events: ['*'],
      ...route,
    });
  return agency;
}

const limits = { total: 100, perWebhook: 100, perAgency: 100 };
const claimedOf = (plan: ReturnType<typeof planOf>) => plan.pending.filter(({ claimed }) => claimed).length;

describe('the plan of a batch', () => {
  it('gives each event to the webhooks that subscribe to it, skips those that are off, and knows its agencies', () => {
    const off = routesOf({}, { isActive: false }, { events: ['nothing.*'] });
    const plan = planOf([...events(2), ...events(1, randomUUID())], new Map([[agencyId, off]]), allSlots(limits));
    expect([...plan.answers.values()].map(({ deliveries, skipped }) => [deliveries, skipped])).toEqual([
      [1, 1],
      [1, 1],
    ]);
    expect([plan.pending.length, plan.skipped.length]).toEqual([2, 2]);
  });

  it('claims as far as there are slots in total, of the webhook and of the agency, and nothing that is closed', () => {
    const routes = new Map([
      [agencyId, routesOf({}, {}, { closed: true })],
      [other, routesOf({})],
    ]);
    const batch = [...events(10), ...events(10, other)];
    expect(claimedOf(planOf(batch, routes, allSlots(limits)))).toBe(30);
    expect(claimedOf(planOf(batch, routes, allSlots({ ...limits, perWebhook: 4 })))).toBe(12);
    expect(claimedOf(planOf(batch, routes, allSlots({ ...limits, perAgency: 5 })))).toBe(10);
    expect(claimedOf(planOf(batch, routes, { ...allSlots(limits), free: 7 }))).toBe(7);
    const busy = { ...allSlots(limits), agencies: new Map([[agencyId, 1]]) };
    expect(claimedOf(planOf(batch, routes, busy))).toBe(11);
  });
});

it('leaves out webhooks whose conditions the event does not meet', () => {
  const event = { type: 'offer.sent', body: '{"data":{"offerId":"a"}}' };
  const of = (value: string) => ({
    conditions: [{ event: 'offer.sent', all: [{ field: 'offerId', op: 'is' as const, value }] }],
  });
  const agency = routesOf(of('a'), of('b'), {});
  expect(agency.for(event).map(({ conditions }) => conditions?.[0]?.all[0]?.value)).toEqual(['a', undefined]);
});
