import type { EventType } from '../../api/types';
import css from './fields-table.module.css';

/** The types of values, for developers who write receivers. */
const TYPE_WORDS: Record<EventType['fields'][number]['type'], string> = {
  id: 'id (text)',
  text: 'text',
  time: 'time (UTC)',
  date: 'date',
  url: 'web address',
  number: 'number',
};

/**
 * The fields of an event's `data`. The roles are explicit because the narrow form shows rows as cards, and browsers
 * drop a table's semantics when its display changes.
 */
export function FieldsTable({ fields }: { fields: EventType['fields'] }) {
  return (
    <div className={css.frame}>
      <table className={css.table} role="table" aria-label="Fields of data">
        <thead role="rowgroup" className={css.head}>
          <tr role="row">
            <th role="columnheader">Field</th>
            <th role="columnheader">Type</th>
            <th role="columnheader">Required</th>
            <th role="columnheader">Meaning</th>
            <th role="columnheader">Example</th>
          </tr>
        </thead>
        <tbody role="rowgroup">
          {fields.map((field) => (
            <tr key={field.name} role="row" className={css.row}>
              <th role="rowheader">
                <code>{field.name}</code>
              </th>
              <td role="cell" className={css.quiet}>
                {TYPE_WORDS[field.type]}
              </td>
              <td role="cell" className={css.quiet}>
                {field.required ? 'required' : 'optional'}
              </td>
              <td role="cell">{field.description}</td>
              <td role="cell" className={css.example}>
                <code>{String(field.example)}</code>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
