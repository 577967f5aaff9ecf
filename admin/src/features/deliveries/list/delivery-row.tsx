import { memo, type Ref } from 'react';
import { eventTitle } from '../../../api/event-types';
import type { Delivery, EventTypeList } from '../../../api/types';
import { recordName } from '../../../lib/record-name';
import type { Plan } from '../use-plans';
import type { Column } from './columns';
import { RowCheck } from './row-check';
import css from './delivery-table.module.css';

interface DeliveryRowProps {
  delivery: Delivery;
  columns: readonly Column[];
  catalogue: EventTypeList | undefined;
  open: boolean;
  /** What its webhook does next. */
  plan?: Plan | undefined;
  /** Set in lists where rows can be selected. */
  chosen?: boolean | undefined;
  onToggle?: ((id: string, through: boolean) => void) | undefined;
  /** Its position among all rows, for lists that render a part of them. */
  rowIndex?: number;
  /** Its index among rendered rows, for measuring its height. */
  index?: number;
  ref?: Ref<HTMLDivElement>;
}

/** One delivery. The whole row is a link to it, with other controls on top of that link. */
export const DeliveryRow = memo(function DeliveryRow(props: DeliveryRowProps) {
  const { delivery, columns, catalogue, open, plan, chosen, onToggle, rowIndex, index, ref } = props;
  const title = eventTitle(catalogue, delivery.event);
  return (
    <div
      ref={ref}
      role="row"
      aria-rowindex={rowIndex}
      data-index={index}
      className={css.row}
      data-row
      data-id={delivery.id}
      data-status={delivery.status}
      data-open={open || undefined}
      data-chosen={chosen || undefined}
    >
      {onToggle ? (
        <div role="cell" className={css.check}>
          <RowCheck
            checked={chosen ?? false}
            onToggle={(through) => onToggle(delivery.id, through)}
            label={`Choose ${title}${whom(delivery)}`}
          />
        </div>
      ) : null}
      {columns.map(({ name, cell, isEmpty }) => (
        <div key={name} role="cell" className={css[name]} data-empty={isEmpty?.(delivery) || undefined}>
          {cell({ delivery, title, open, plan })}
        </div>
      ))}
    </div>
  );
});

function whom({ about, subject }: Delivery): string {
  return subject ? `, ${about?.label ?? recordName(subject)}` : '';
}
