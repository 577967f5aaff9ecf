import { useEffect, useRef, type FormEvent, type ReactNode } from 'react';
import { GuardedButton } from '../../../ui/guarded-button';
import { Button } from '../../../ui/kit';
import { Card } from '../../../ui/page';
import { InfoBar, ProblemNote } from '../../../ui/states';
import { ConflictNote, type Conflict } from './conflict-note';
import type { Draft } from './use-draft';
import type { Saving } from './use-saving';
import css from './settings.module.css';

interface CardFormProps {
  title: string;
  saveLabel: string;
  changed: boolean;
  denied: string | null;
  state: Saving;
  /** The value that another person has stored in the meantime, and the one in this form. */
  conflict?: Conflict | null;
  onSave: () => void;
  onUndo: () => void;
  children: ReactNode;
}

/** One card of the settings: fields, errors, and Save once something has changed. */
export function CardForm({
  title,
  saveLabel,
  changed,
  denied,
  state,
  conflict = null,
  onSave,
  onUndo,
  children,
}: CardFormProps) {
  const heading = useStayHere(changed);

  function submit(event: FormEvent): void {
    event.preventDefault();
    if (denied === null && changed && !state.busy) onSave();
  }

  return (
    <Card
      title={
        <span ref={heading} tabIndex={-1}>
          {title}
        </span>
      }
    >
      <form className={css.form} onSubmit={submit} noValidate>
        {children}
        {conflict && !state.busy ? (
          <ConflictNote {...conflict} />
        ) : state.outdated ? (
          <div role="alert">
            <InfoBar tone="warn">
              Someone else just changed another part of this webhook. Your change is not saved yet: press Save again.
            </InfoBar>
          </div>
        ) : state.failure ? (
          <ProblemNote error={state.failure} />
        ) : null}
        {changed && denied === null ? (
          <div className={css.buttons}>
            <Button type="submit" loading={state.busy}>
              {saveLabel}
            </Button>
            <Button variant="default" onClick={onUndo}>
              Undo
            </Button>
          </div>
        ) : null}
        {denied === null ? null : (
          <div className={css.buttons}>
            <GuardedButton denied={denied} onClick={onSave}>
              {saveLabel}
            </GuardedButton>
          </div>
        )}
      </form>
    </Card>
  );
}

interface DraftFormProps<T> extends Omit<CardFormProps, 'changed' | 'conflict' | 'onUndo'> {
  draft: Draft<T>;
  /** How a value is shown in the note about a conflict. */
  words: (value: T) => string;
}

/** The card of a draft. */
export function DraftForm<T>({ draft, words, ...form }: DraftFormProps<T>) {
  function undo(): void {
    draft.drop();
    form.state.reset();
  }
  const conflict = draft.theirs && {
    theirs: words(draft.theirs.value),
    mine: words(draft.value),
    onTakeTheirs: undo,
  };
  return <CardForm {...form} changed={draft.changed} conflict={conflict} onUndo={undo} />;
}

/** Save and Undo disappear after use. The focus then stays on their card instead of moving to the top of the page. */
function useStayHere(changed: boolean) {
  const heading = useRef<HTMLSpanElement>(null);
  const before = useRef(changed);
  useEffect(() => {
    const lost = document.activeElement === null || document.activeElement === document.body;
    if (before.current && !changed && lost) heading.current?.focus({ preventScroll: true });
    before.current = changed;
  }, [changed]);
  return heading;
}
