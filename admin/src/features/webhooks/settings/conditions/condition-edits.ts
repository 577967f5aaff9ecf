import type { EventTypeList, FieldComparison, WebhookCondition } from '../../../../api/types';

/* Conditions as they are typed: every value is a text until it is saved. */

export type Op = FieldComparison['op'];

export interface TypedComparison {
  field: string;
  op: Op;
  value: string;
}

export interface TypedCondition {
  event: string;
  all: TypedComparison[];
}

export const OP_WORDS: Record<Op, string> = {
  is: 'is',
  is_not: 'is not',
  one_of: 'is one of',
  contains: 'contains',
  present: 'is there',
  absent: 'is not there',
  changed_to: 'changes to',
};

/** `present` and `absent` compare with nothing. */
export const takesValue = (op: Op): boolean => op !== 'present' && op !== 'absent';

/** `newStatus` can change because `oldStatus` is beside it. */
export function opsFor(field: string, fields: readonly { name: string }[]): Op[] {
  const old = field.startsWith('new') ? `old${field.slice(3)}` : null;
  const all = Object.keys(OP_WORDS) as Op[];
  return fields.some(({ name }) => name === old) ? all : all.filter((op) => op !== 'changed_to');
}

export function typedConditions(stored: readonly WebhookCondition[] | null): TypedCondition[] {
  return (stored ?? []).map(({ event, all }) => ({
    event,
    all: all.map(({ field, op, value }) => ({ field, op, value: textOf(value) })),
  }));
}

function textOf(value: FieldComparison['value']): string {
  return Array.isArray(value) ? value.join(', ') : String(value ?? '');
}

export function conditionsToSend(typed: readonly TypedCondition[], catalogue: EventTypeList): WebhookCondition[] {
  return typed.map(({ event, all }) => {
    const fields = catalogue.data.find(({ type }) => type === event)?.fields ?? [];
    return {
      event,
      all: all.map(({ field, op, value }) => {
        const isNumber = fields.find(({ name }) => name === field)?.type === 'number' && op !== 'contains';
        const one = (text: string) => (isNumber && /^\d+$/.test(text.trim()) ? Number(text) : text.trim());
        if (!takesValue(op)) return { field, op };
        return { field, op, value: op === 'one_of' ? value.split(',').map(one) : one(value) };
      }),
    };
  });
}

/** "newStatus" reads "new status". */
export const fieldWords = (field: string): string => field.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
