import type { Me } from './types';

/** A reader of the Guide who is not signed in; figures are those of an installation without settings. */
export const READER: Me = {
  kind: 'user',
  id: '',
  name: '',
  email: null,
  role: 'viewer',
  agency: { id: '', name: '' },
  rights: [],
  digest: null,
  admins: [],
  platform: {
    retention_days: 30,
    max_event_bytes: 262_144,
    answer_within_ms: 10_000,
    parallel_requests: 10,
    delay_scale: 1,
    undo_ms: 0,
    sends_from: [],
    record_urls: null,
  },
};
