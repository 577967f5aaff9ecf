import type { EventRecipient, FieldComparison } from '../api/types';

/* Conditions of webhooks in words. */

export const OP_WORDS: Record<FieldComparison['op'], string> = {
  is: 'is',
  is_not: 'is not',
  one_of: 'is one of',
  contains: 'contains',
  present: 'is there',
  absent: 'is not there',
  changed_to: 'changes to',
};

/** "newStatus" reads "new status". */
export const fieldName = (field: string): string => field.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);

export function valueText(value: FieldComparison['value']): string {
  return Array.isArray(value) ? value.join(', ') : String(value ?? '');
}

/** "new status is rejected (only when it is hired)"; null: conditions did not leave it out. */
export function unmetWords({
  left_out_by: by,
  left_out_value: has,
}: Pick<EventRecipient, 'left_out_by' | 'left_out_value'>): string | null {
  if (by === null) return null;
  const wanted = `${OP_WORDS[by.op]} ${valueText(by.value)}`.trim();
  const name = fieldName(by.field);
  return has === null ? `only when ${name} ${wanted}` : `${name} is ${has} (only when it ${wanted})`;
}
