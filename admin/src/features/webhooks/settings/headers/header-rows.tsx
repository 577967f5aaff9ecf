import type { FieldProblems } from '../../../../lib/field-problems';
import { Button, TextInput } from '../../../../ui/kit';
import css from '../settings.module.css';
import { nameField, valueField, type NewHeader } from './header-edits';

interface StoredHeaderProps {
  name: string;
  /** undefined: unchanged. A text: its new value. null: removed. */
  edit: string | null | undefined;
  error: string | undefined;
  locked: boolean;
  onEdit: (edit: string | null | undefined) => void;
}

/** A stored header, of which only the name is known. */
export function StoredHeader({ name, edit, error, locked, onEdit }: StoredHeaderProps) {
  return (
    <li className={css.header}>
      <span className={css.headerName}>
        {edit === null ? (
          <>
            <s>{name}</s> <span className={css.quiet}>removed when you save</span>
          </>
        ) : (
          <>
            <code>{name}</code> {edit === undefined ? <span className={css.quiet}>value hidden</span> : null}
          </>
        )}
      </span>
      {locked ? null : (
        <span className={css.buttons}>
          {edit === undefined ? (
            <>
              <RowButton label={`Change ${name}`} onClick={() => onEdit('')}>
                Change
              </RowButton>
              <RowButton label={`Remove ${name}`} onClick={() => onEdit(null)}>
                Remove
              </RowButton>
            </>
          ) : (
            <RowButton label={`Keep ${name} as it is`} onClick={() => onEdit(undefined)}>
              Keep as it is
            </RowButton>
          )}
        </span>
      )}
      {typeof edit === 'string' ? (
        <div className={css.headerFields}>
          <ValueField label={`New value of ${name}`} value={edit} onChange={onEdit} error={error} autoFocus />
        </div>
      ) : null}
    </li>
  );
}

interface AddedHeaderProps {
  header: NewHeader;
  problems: FieldProblems;
  onChange: (header: NewHeader) => void;
  onRemove: () => void;
}

/** A header that is not stored yet. Errors from the server are shown at its name. */
export function AddedHeader({ header, problems, onChange, onRemove }: AddedHeaderProps) {
  const { key, name, value } = header;
  const refused = problems[`headers.${name.trim()}`];
  return (
    <li className={css.header}>
      <span className={css.quiet}>New header</span>
      <RowButton label={`Remove ${name || 'the new header'}`} onClick={onRemove}>
        Remove
      </RowButton>
      <div className={css.headerFields}>
        <TextInput
          label="Name"
          value={name}
          onChange={(event) => onChange({ ...header, name: event.currentTarget.value })}
          error={problems[nameField(key)] ?? refused}
          autoComplete="off"
          autoCapitalize="off"
          spellCheck={false}
          maxLength={64}
          autoFocus
        />
        <ValueField
          label="Value"
          value={value}
          onChange={(next) => onChange({ ...header, value: next })}
          error={problems[valueField(key)]}
        />
      </div>
    </li>
  );
}

interface ValueFieldProps {
  label: string;
  value: string;
  onChange: (value: string) => void;
  error: string | undefined;
  autoFocus?: boolean;
}

function ValueField({ label, value, onChange, error, autoFocus = false }: ValueFieldProps) {
  return (
    <TextInput
      label={label}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
      error={error}
      // Often a password: no browser should offer to save it.
      autoComplete="off"
      data-1p-ignore
      data-lpignore="true"
      spellCheck={false}
      maxLength={2048}
      autoFocus={autoFocus}
    />
  );
}

function RowButton({ label, onClick, children }: { label: string; onClick: () => void; children: string }) {
  return (
    <Button variant="default" size="compact-sm" aria-label={label} onClick={onClick}>
      {children}
    </Button>
  );
}
