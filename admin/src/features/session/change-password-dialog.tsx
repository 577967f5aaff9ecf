import { useState, type FormEvent } from 'react';
import { changePassword } from '../../api/session';
import { fieldWords } from '../../copy-forms';
import type { FieldProblems } from '../../lib/field-problems';
import { useSubmit } from '../../lib/use-submit';
import { DialogButtons } from '../../ui/dialog-buttons';
import { Button, PasswordInput } from '../../ui/kit';
import { Modal } from '../../ui/modal';
import { ProblemNote } from '../../ui/states';
import { toast } from '../../ui/toasts';
import { newPasswordProblems } from './new-password-form';
import css from './session-card.module.css';

export function ChangePasswordDialog({ onClose }: { onClose: () => void }) {
  const [values, setValues] = useState({ current: '', password: '', again: '' });
  const { busy, problems, failure, check, run } = useSubmit();

  async function submit(event: FormEvent): Promise<void> {
    event.preventDefault();
    const found = {
      ...(values.current === '' ? { current_password: fieldWords.passwordEmpty } : {}),
      ...renamed(newPasswordProblems(values.password, values.again)),
    };
    if (!check(found)) return;
    const input = { current_password: values.current, new_password: values.password };
    if ((await run(['current_password', 'new_password'], () => changePassword(input))) === null) return;
    toast('done', 'Your password has been changed.');
    onClose();
  }

  const fields = [
    { name: 'current', label: 'Current password', complete: 'current-password', problem: problems.current_password },
    { name: 'password', label: 'New password', complete: 'new-password', problem: problems.new_password },
    { name: 'again', label: 'New password again', complete: 'new-password', problem: problems.again },
  ] as const;

  return (
    <Modal opened onClose={onClose} title="Change password">
      <form className={css.form} onSubmit={(event) => void submit(event)} noValidate>
        {fields.map((field) => (
          <PasswordInput
            key={field.name}
            label={field.label}
            autoComplete={field.complete}
            value={values[field.name]}
            onChange={(event) => setValues({ ...values, [field.name]: event.currentTarget.value })}
            error={field.problem}
            visibilityToggleButtonProps={{ 'aria-label': `Show the ${field.label.toLowerCase()}` }}
          />
        ))}
        {failure ? <ProblemNote error={failure} /> : null}
        <DialogButtons onLeave={onClose}>
          <Button type="submit" loading={busy}>
            Change password
          </Button>
        </DialogButtons>
      </form>
    </Modal>
  );
}

function renamed({ password, again }: FieldProblems): FieldProblems {
  return { ...(password ? { new_password: password } : {}), ...(again ? { again } : {}) };
}
