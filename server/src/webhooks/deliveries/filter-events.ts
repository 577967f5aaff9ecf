import { EVENT_DEFINITIONS, TEST_EVENT_TYPE } from '../../events/catalogue/catalogue.js';

export const ALL_TYPES = [...EVENT_DEFINITIONS.map(({ type }) => type), TEST_EVENT_TYPE];

/** Values of the filter `event`: everything, a type, a group of the catalogue, or the test event. */
export const FILTER_EVENTS: readonly string[] = [
  '*',
  ...ALL_TYPES,
  ...new Set(EVENT_DEFINITIONS.flatMap(({ type }) => groupsOf(type))),
];

/** `video.recording.ready` is in `video.recording.*` and in `video.*`. */
function groupsOf(type: string): string[] {
  const parts = type.split('.').slice(0, -1);
  return parts.map((_part, index) => `${parts.slice(0, index + 1).join('.')}.*`);
}
