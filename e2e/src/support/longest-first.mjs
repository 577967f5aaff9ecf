import { longestFirst } from '../../../server/test/jest/longest-first.mjs';

export default longestFirst([
  ...['accessibility', 'replicas.long', 'nats.long', 'outbox.long', 'handover', 'start', 'keyboard', 'alerts'],
  ...['database', 'secrets', 'command-line', 'tls', 'backlog', 'dark-database.long', 'hostile', 'operating.long'],
  ...['replicas', 'pause', 'live', 'retries', 'nats', 'outbox', 'groups'],
]);
