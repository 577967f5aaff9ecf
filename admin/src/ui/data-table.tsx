import type { ReactNode } from 'react';
import { VisuallyHidden } from './kit';
import css from './data-table.module.css';
import { useRowFocus } from './row-focus';

export interface Column<Row> {
  label: string;
  cell: (row: Row) => ReactNode;
  /** No heading on the cards of narrow screens, as for buttons. */
  kind?: 'actions';
}

interface DataTableProps<Row> {
  label: string;
  /** The first one names the row. */
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  keyOf: (row: Row) => string;
  stale?: boolean;
}

/**
 * A table that becomes a list of cards on narrow screens. The roles are explicit, because browsers drop a table's
 * semantics when its display changes.
 */
export function DataTable<Row>({ label, columns, rows, keyOf, stale = false }: DataTableProps<Row>) {
  const focus = useRowFocus<HTMLTableSectionElement>(rows.map(keyOf), 'tr');
  return (
    <div className={css.frame} data-stale={stale || undefined}>
      <table className={css.table} role="table" aria-label={label}>
        <thead role="rowgroup">
          <tr role="row">
            {columns.map((column) => (
              <th key={column.label} role="columnheader" scope="col">
                {column.kind === 'actions' ? <VisuallyHidden>{column.label}</VisuallyHidden> : column.label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody role="rowgroup" {...focus}>
          {rows.map((row) => (
            <tr key={keyOf(row)} role="row">
              {columns.map((column, index) => (
                <Cell key={column.label} column={column} first={index === 0}>
                  {column.cell(row)}
                </Cell>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

interface CellProps {
  column: Pick<Column<never>, 'label' | 'kind'>;
  first: boolean;
  children: ReactNode;
}

function Cell({ column, first, children }: CellProps) {
  if (first) {
    return (
      <th role="rowheader" scope="row" className={css.name}>
        {children}
      </th>
    );
  }
  if (column.kind === 'actions') {
    return (
      <td role="cell">
        <div className={css.actions}>{children}</div>
      </td>
    );
  }
  return (
    <td role="cell" data-label={column.label}>
      {children}
    </td>
  );
}

/** The grey second line of a cell. */
export function Under({ children }: { children: ReactNode }) {
  return <span className={css.under}>{children}</span>;
}

export function Quiet({ children }: { children: ReactNode }) {
  return <span className={css.quiet}>{children}</span>;
}

/** An empty cell, which the cards of narrow screens leave out. */
export function None() {
  return (
    <span className={css.quiet} data-none>
      –
    </span>
  );
}

export function TableFoot({ children }: { children: ReactNode }) {
  return <div className={css.foot}>{children}</div>;
}
