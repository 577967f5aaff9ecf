import { beforeEach, expect } from '@jest/globals';
import { eventually } from './eventually.js';
import { type Answer, type Received, receiverPerFile } from './receiver.js';
import { EVENT_DEFINITIONS, exampleData } from '../src/events/catalogue/catalogue.js';
import { DomainEvents } from '../src/events/domain-events.js';
import { agencyPerTest, apiPerFile } from './api-app.js';

export type Tool = 'slack' | 'teams' | 'google_chat' | 'google_sheets';
export const PATHS: Record<Tool, string> = {
  slack: '/services/T0/B0/abcdWXYZ',
  teams: '/workflows/a/triggers/manual/paths/invoke?sig=abcdWXYZ',
  google_chat: '/v1/spaces/A/messages?key=k&token=abcdWXYZ',
  google_sheets: '/macros/s/abcdWXYZ/exec',
};
export const TOOLS = Object.keys(PATHS) as Tool[];
export const created = EVENT_DEFINITIONS.find(({ type }) => type === 'application.created')!;

/** Webhooks of Slack and the like, with a stand-in: a receiver that answers with `stand.answer`. */
export function toolWebhooks() {
  const stand: { answer: (request: Received) => Answer } = { answer: () => ({}) };
  const receiver = receiverPerFile((request) => stand.answer(request));
  const api = apiPerFile(() => ({
    DESTINATION_HOSTS: TOOLS.map((tool) => `${tool}=${new URL(receiver.url).host}`).join(','),
    PUBLIC_URL: 'https://bpoc.example',
    // A Sheets script may take half of a lease.
    ATTEMPT_TIMEOUT_MS: '2000',
    LEASE_MS: '6000',
  }));
  const agency = agencyPerTest(api);
  beforeEach(() => {
    stand.answer = () => ({});
    receiver.requests.length = 0;
  });
  const add = (kind: Tool, more: object = {}) =>
    agency.ask('post', '/webhooks', { kind, url: `${receiver.url}${PATHS[kind]}`, events: ['*'], ...more });
  const publish = () =>
    api.app.get(DomainEvents).publish({ type: created.type, agencyId: agency.id, data: exampleData(created) });
  const settled = async (webhookId: string) => {
    const read = async () => (await agency.ask('get', `/deliveries?webhook_id=${webhookId}`)).body.data;
    await eventually(async () => expect((await read())[0]?.status).toMatch(/delivered|failed/));
    return (await read())[0];
  };
  return { stand, receiver, api, agency, add, publish, settled };
}
