import { useState } from 'react';
import { Button } from '../../../../ui/kit';
import { IconPlus } from '../../../../ui/icons';
import { CardForm } from '../card-form';
import css from '../settings.module.css';
import { useSave, type CardProps } from '../use-save';
import { editProblems, hasEdits, headerPatch, NO_EDITS, type HeaderEdits, type NewHeader } from './header-edits';
import { AddedHeader, StoredHeader } from './header-rows';

/** Headers sent with each message. Values are write-only, so a change names one header and leaves the rest. */
export function HeadersCard(props: CardProps) {
  const { webhook, denied } = props;
  const [edits, setEdits] = useState<HeaderEdits>(NO_EDITS);
  const state = useSave(props, 'Headers saved.');
  const names = webhook.header_names;

  async function save(): Promise<void> {
    if (!state.check(editProblems(edits, names))) return;
    const headers = headerPatch(edits);
    const fields = [...Object.keys(headers).map((name) => `headers.${name}`), 'headers'];
    if (await state.save({ headers }, fields)) setEdits(NO_EDITS);
  }

  function undo(): void {
    setEdits(NO_EDITS);
    state.reset();
  }

  /** The error about all headers, or about this one. */
  function forget(name: string): void {
    state.setProblems({ ...state.problems, headers: undefined, [`headers.${name}`]: undefined });
  }

  /** undefined forgets the change. */
  function edit(name: string, value: string | null | undefined): void {
    forget(name);
    const { [name]: _before, ...others } = edits.stored;
    setEdits({ ...edits, stored: value === undefined ? others : { ...edits.stored, [name]: value } });
  }

  function add(): void {
    const key = Math.max(0, ...edits.added.map((header) => header.key)) + 1;
    setEdits({ ...edits, added: [...edits.added, { key, name: '', value: '' }] });
  }

  function change(header: NewHeader): void {
    forget(header.name.trim());
    setEdits({ ...edits, added: edits.added.map((other) => (other.key === header.key ? header : other)) });
  }

  function leaveOut({ key, name }: NewHeader): void {
    forget(name.trim());
    setEdits({ ...edits, added: edits.added.filter((other) => other.key !== key) });
  }

  return (
    <CardForm
      title="Extra headers"
      saveLabel="Save headers"
      changed={hasEdits(edits)}
      denied={denied}
      state={state}
      onSave={() => void save()}
      onUndo={undo}
    >
      <p className={css.quiet}>
        We send these with each message, for example a key that their server requires. Values are never shown again.
      </p>
      {names.length + edits.added.length > 0 ? (
        <ul className={css.headers} aria-label="Extra headers">
          {names.map((name) => (
            <StoredHeader
              key={name}
              name={name}
              edit={edits.stored[name]}
              error={state.problems[`headers.${name}`]}
              locked={denied !== null}
              onEdit={(value) => edit(name, value)}
            />
          ))}
          {edits.added.map((header) => (
            <AddedHeader
              key={header.key}
              header={header}
              problems={state.problems}
              onChange={change}
              onRemove={() => leaveOut(header)}
            />
          ))}
        </ul>
      ) : null}
      {state.problems.headers ? (
        <p className={css.error} role="alert">
          {state.problems.headers}
        </p>
      ) : null}
      {denied === null ? (
        <div>
          <Button variant="default" size="xs" leftSection={<IconPlus />} onClick={add}>
            Add a header
          </Button>
        </div>
      ) : null}
    </CardForm>
  );
}
