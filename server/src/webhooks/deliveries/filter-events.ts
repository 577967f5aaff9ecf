import { TEST_EVENT_TYPE, TYPE_NAMES } from '../../events/catalogue/catalogue.js';

export const ALL_TYPES = [...TYPE_NAMES, TEST_EVENT_TYPE];

/** Values of the filter `event`: everything, a type, a group of the catalogue, or the test event. */
export const FILTER_EVENTS: readonly string[] = ['*', ...ALL_TYPES, ...new Set(TYPE_NAMES.flatMap(groupsOf))];

/** `video.recording.ready` is in `video.recording.*` and in `video.*`. */
function groupsOf(type: string): string[] {
  const parts = type.split('.').slice(0, -1);
  return parts.map((_part, index) => `${parts.slice(0, index + 1).join('.')}.*`);
}
