import type { FieldComparison } from '../api/types';

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

/** "new status is shortlisted". */
export function comparisonWords({ field, op, value }: FieldComparison): string {
  return `${fieldName(field)} ${OP_WORDS[op]} ${valueText(value)}`.trim();
}
