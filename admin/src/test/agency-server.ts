import { FakeServer, owner } from './fake-server';
import { catalogue, counts, delivery, failureGroups, webhook } from './samples';

/** Responses as an agency's owner gets them whose only webhook works; a test overrides what it is about. */
export function agencyServer(): FakeServer {
  return new FakeServer()
    .on('GET /api/me', owner())
    .on('GET /api/recruiter/event-types', catalogue)
    .on('GET /api/recruiter/webhooks', { data: [webhook()], next_cursor: null })
    .on('GET /api/recruiter/failure-groups', failureGroups())
    .on('GET /api/recruiter/deliveries/counts', counts)
    .on('GET /api/recruiter/deliveries', { data: [delivery()], next_cursor: null });
}
