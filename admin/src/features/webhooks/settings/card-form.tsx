import type { FormEvent, ReactNode } from 'react';
import { GuardedButton } from '../../../ui/guarded-button';
import { Button } from '../../../ui/kit';
import { Card } from '../../../ui/page';
import { InfoBar, ProblemNote } from '../../../ui/states';
import type { Saving } from './use-saving';
import css from './settings.module.css';

interface CardFormProps {
  title: string;
  saveLabel: string;
  changed: boolean;
  denied: string | null;
  state: Saving;
  onSave: () => void;
  onUndo: () => void;
  children: ReactNode;
}

/** One card of the settings: its fields, what went wrong, and Save once something changed. */
export function CardForm({ title, saveLabel, changed, denied, state, onSave, onUndo, children }: CardFormProps) {
  function submit(event: FormEvent): void {
    event.preventDefault();
    if (denied === null && changed && !state.busy) onSave();
  }

  return (
    <Card title={title}>
      <form className={css.form} onSubmit={submit} noValidate>
        {children}
        {state.outdated ? (
          <div role="alert">
            <InfoBar tone="warn">
              Somebody else changed this webhook just now. Look at it once more, then press Save again.
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
