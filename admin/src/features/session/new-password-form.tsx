import { useState, type FormEvent, type ReactNode } from 'react';
import { fieldWords } from '../../copy-forms';
import type { FieldProblems } from '../../lib/field-problems';
import { useSubmit } from '../../lib/use-submit';
import { Button, PasswordInput } from '../../ui/kit';
import { InfoBar, ProblemNote } from '../../ui/states';
import css from './session-card.module.css';

/** The minimum length that the server accepts. */
const PASSWORD_MIN = 12;

interface NewPasswordFormProps {
  action: string;
  /** Saves the password and continues; rejects if it is refused. */
  save: (password: string) => Promise<void>;
  /** What to do if the link no longer works. */
  hint: ReactNode;
}

/** Asks for a new password twice. */
export function NewPasswordForm({ action, save, hint }: NewPasswordFormProps) {
  const [password, setPassword] = useState('');
  const [again, setAgain] = useState('');
  const { busy, problems, failure, check, run } = useSubmit();

  async function submit(event: FormEvent): Promise<void> {
    event.preventDefault();
    if (!check(newPasswordProblems(password, again))) return;
    await run(['password'], () => save(password));
  }

  return (
    <form className={css.form} onSubmit={(event) => void submit(event)} noValidate>
      <PasswordInput
        label="Password"
        description={fieldWords.passwordShort}
        autoComplete="new-password"
        // The screen has one purpose, and this is its first field.
        autoFocus
        value={password}
        onChange={(event) => setPassword(event.currentTarget.value)}
        error={problems.password}
        visibilityToggleButtonProps={{ 'aria-label': 'Show the password' }}
        size="md"
      />
      <PasswordInput
        label="Password again"
        autoComplete="new-password"
        value={again}
        onChange={(event) => setAgain(event.currentTarget.value)}
        error={problems.again}
        visibilityToggleButtonProps={{ 'aria-label': 'Show the repeated password' }}
        size="md"
      />
      {failure ? <ProblemNote error={failure} /> : null}
      <Button type="submit" size="md" loading={busy} className={css.submit} fullWidth>
        {action}
      </Button>
      {failure ? <InfoBar>{hint}</InfoBar> : null}
    </form>
  );
}

/** Problems of a new password, by field. */
export function newPasswordProblems(password: string, again: string): FieldProblems {
  if (password.length < PASSWORD_MIN) return { password: fieldWords.passwordShort };
  return password === again ? {} : { again: fieldWords.passwordsDiffer };
}
