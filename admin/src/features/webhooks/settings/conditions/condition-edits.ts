import type { EventTypeList, FieldComparison, WebhookCondition } from '../../../../api/types';
import { fieldName, OP_WORDS, valueText } from '../../../../lib/condition-words';

/* Conditions while they are edited: every value is a string until it is saved. */

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

/** `present` and `absent` have no value. */
export const takesValue = (op: Op): boolean => op !== 'present' && op !== 'absent';

/** Without incomplete conditions, which the server would refuse. */
export const isComplete = ({ all }: TypedCondition): boolean =>
  all.every(({ op, value }) => !takesValue(op) || value.trim() !== '');

/** "application.status_changed only when new status is hired". */
export function conditionWords({ event, all }: TypedCondition): string {
  const parts = all.map(({ field, op, value }) => `${fieldName(field)} ${OP_WORDS[op]} ${value}`.trim());
  return `${event} only when ${parts.join(' and ')}`;
}

/** `newStatus` can change because `oldStatus` is beside it. */
export function opsFor(field: string, fields: readonly { name: string }[]): Op[] {
  const old = field.startsWith('new') ? `old${field.slice(3)}` : null;
  const all = Object.keys(OP_WORDS) as Op[];
  return fields.some(({ name }) => name === old) ? all : all.filter((op) => op !== 'changed_to');
}

export function typedConditions(stored: readonly WebhookCondition[] | null): TypedCondition[] {
  return (stored ?? []).map(({ event, all }) => ({
    event,
    all: all.map(({ field, op, value }) => ({ field, op, value: valueText(value) })),
  }));
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

/** The fields for which the server may return errors. */
export const conditionFields = (typed: readonly TypedCondition[]): string[] =>
  typed.flatMap(({ all }, index) =>
    all.flatMap((_one, place) => ['field', 'op', 'value'].map((of) => `conditions.${index}.all.${place}.${of}`)),
  );
