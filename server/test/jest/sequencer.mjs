import { longestFirst } from './longest-first.mjs';

export default longestFirst([
  ...['mails.db', 'destinations.db', 'openapi-fuzz.db', 'dispatcher', 'groups.db', 'webhooks/tenancy.db'],
  ...['engine-model.db', 'inbox.db', 'engine.db', 'deliveries-log.db', 'recoveries.db', 'stream.db', 'alerts.db'],
  ...['holds.db', 'erasure.db', 'provider-people.db', 'slow-reader.db.long', 'guarded-client', 'pace.db', 'pauses.db'],
]);
