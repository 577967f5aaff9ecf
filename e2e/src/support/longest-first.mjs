import { longestFirst } from '../../../server/test/jest/longest-first.mjs';

export default longestFirst([
  ...['accessibility', 'replicas.long', 'nats.long', 'outbox.long', 'groups.long', 'alerts.long', 'handover', 'start'],
  ...['alerts', 'database', 'secrets', 'command-line', 'tls', 'backlog.long', 'dark-database.long', 'hostile'],
  ...['operating.long', 'keyboard.long', 'undo.long', 'pause', 'live', 'retries', 'nats', 'outbox'],
]);
