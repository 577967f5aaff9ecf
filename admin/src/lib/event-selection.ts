import type { EventTypeList } from '../api/types';

/**
 * A webhook's events as the API stores them: `*`, a group (`offer.*`) or single types. Unlike all single types of a
 * group, the group also gets types that BPOC adds later.
 */
export type Selection = readonly string[];

export const EVERYTHING = '*';

/** True when the pattern covers the type: `*`, the type itself, or a prefix at a dot (`video.*`). */
export function covers(pattern: string, type: string): boolean {
  if (pattern === EVERYTHING || pattern === type) return true;
  return pattern.endsWith('.*') && type.startsWith(pattern.slice(0, -1));
}

export function isChosen(selection: Selection, type: string): boolean {
  return selection.some((pattern) => covers(pattern, type));
}

type GroupState = 'all_and_future' | 'some' | 'none';

/** A group's check mark. Every type ticked one by one is still `some`: types added later are not included. */
export function groupState(selection: Selection, group: string, types: readonly string[]): GroupState {
  if (selection.includes(EVERYTHING) || selection.includes(group)) return 'all_and_future';
  return types.some((type) => isChosen(selection, type)) ? 'some' : 'none';
}

export interface SelectionChange {
  selection: Selection;
  /** Set if a wildcard became a plain list, of which the person should be informed. */
  narrowed: string | null;
}

export function toggleEverything(selection: Selection): SelectionChange {
  return { selection: selection.includes(EVERYTHING) ? [] : [EVERYTHING], narrowed: null };
}

/** Ticking a group replaces its single types with its wildcard; unticking removes both. */
export function toggleGroup(selection: Selection, group: string, catalogue: EventTypeList): SelectionChange {
  const wide = openEverything(selection, catalogue);
  const others = wide.filter((pattern) => pattern !== group && !covers(group, pattern));
  const selected = wide.includes(group);
  return { selection: selected ? others : [...others, group], narrowed: null };
}

/** Ticks or unticks one type. Unticking it inside a chosen group turns that group into the list of the others. */
export function toggleType(selection: Selection, type: string, catalogue: EventTypeList): SelectionChange {
  const wide = openEverything(selection, catalogue);
  if (!isChosen(wide, type)) return { selection: [...wide, type], narrowed: null };
  const group = wide.find((pattern) => pattern !== type && covers(pattern, type)) ?? null;
  if (group === null) return { selection: wide.filter((pattern) => pattern !== type), narrowed: null };
  const siblings = catalogue.data.map((entry) => entry.type).filter((other) => other !== type && covers(group, other));
  return { selection: [...wide.filter((pattern) => pattern !== group), ...siblings], narrowed: group };
}

/** `*` becomes all groups, so that one of them can be changed. */
function openEverything(selection: Selection, catalogue: EventTypeList): string[] {
  return selection.includes(EVERYTHING) ? catalogue.groups.map((group) => group.pattern) : [...selection];
}

/** "all application events, Offer sent and Offer accepted": the selection in words. */
export function describeSelection(selection: Selection, catalogue: EventTypeList | undefined): string {
  if (selection.includes(EVERYTHING)) return 'everything';
  const words = selection.map((pattern) => {
    const group = catalogue?.groups.find((entry) => entry.pattern === pattern);
    if (group) return `all ${singular(group.title)} events`;
    if (pattern.endsWith('.*')) return `all ${pattern.slice(0, -2)} events`;
    return catalogue?.data.find((entry) => entry.type === pattern)?.title ?? pattern;
  });
  return words.length < 2 ? (words[0] ?? 'nothing') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}

/** "Applications" → "application", for use inside a sentence. */
export function singular(title: string): string {
  const lower = title.toLowerCase();
  return lower.endsWith('s') ? lower.slice(0, -1) : lower;
}

/** A short form for lists: the words when they are few, else a count. */
export function summariseSelection(selection: Selection, catalogue: EventTypeList | undefined): string {
  if (selection.includes(EVERYTHING)) return 'all events';
  if (selection.length <= 2) return describeSelection(selection, catalogue);
  const types = catalogue?.data.filter((entry) => isChosen(selection, entry.type)).length ?? selection.length;
  return `${types} event types`;
}
