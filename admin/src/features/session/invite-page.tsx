import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useRef, useState, type FormEvent } from 'react';
import { acceptInvite, meQuery } from '../../api/session';
import { fieldWords } from '../../copy-forms';
import { fieldProblems, isEmpty, type FieldProblems } from '../../lib/field-problems';
import { Button, PasswordInput } from '../../ui/kit';
import { TextLink } from '../../ui/link';
import { InfoBar, ProblemNote } from '../../ui/states';
import { SessionCard } from './session-card';
import css from './session-card.module.css';

/** The shortest password the server takes. */
export const PASSWORD_MIN = 12;

/** `/invite#<token>`: the token is behind the `#`, so no server or proxy on the way ever logs it. */
export function InvitePage() {
  const [token] = useState(() => globalThis.location.hash.slice(1));
  if (token === '') {
    return (
      <SessionCard title="This link is not complete" intro="Open the whole link from your invitation once more.">
        <TextLink to="/sign-in">I have an account already</TextLink>
      </SessionCard>
    );
  }
  return <InviteForm token={token} />;
}

function InviteForm({ token }: { token: string }) {
  const [password, setPassword] = useState('');
  const [again, setAgain] = useState('');
  const [problems, setProblems] = useState<FieldProblems>({});
  const [failure, setFailure] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const passwordField = useRef<HTMLInputElement>(null);
  const queryClient = useQueryClient();
  const navigate = useNavigate();

  async function submit(event: FormEvent): Promise<void> {
    event.preventDefault();
    const found = newPasswordProblems(password, again);
    setProblems(found);
    setFailure(null);
    if (!isEmpty(found)) return passwordField.current?.focus();
    setBusy(true);
    try {
      const me = await acceptInvite({ token, password });
      queryClient.clear();
      queryClient.setQueryData(meQuery.queryKey, me);
      await navigate({ to: '/recruiter/api/webhooks', replace: true });
    } catch (error) {
      const byField = fieldProblems(error, ['password']);
      setProblems(byField);
      if (isEmpty(byField)) setFailure(error);
      setBusy(false);
    }
  }

  return (
    <SessionCard title="Welcome" intro="Choose a password to finish your account.">
      <form className={css.form} onSubmit={(event) => void submit(event)} noValidate>
        <PasswordInput
          ref={passwordField}
          label="Password"
          description={fieldWords.passwordShort}
          autoComplete="new-password"
          // The screen has one job and this is its first step.
          autoFocus
          value={password}
          onChange={(event) => setPassword(event.currentTarget.value)}
          error={problems.password}
          visibilityToggleButtonProps={{ 'aria-label': 'Show what I typed' }}
          size="md"
        />
        <PasswordInput
          label="Password again"
          autoComplete="new-password"
          value={again}
          onChange={(event) => setAgain(event.currentTarget.value)}
          error={problems.again}
          visibilityToggleButtonProps={{ 'aria-label': 'Show what I typed again' }}
          size="md"
        />
        {failure ? <ProblemNote error={failure} /> : null}
        <Button type="submit" size="md" loading={busy} className={css.submit} fullWidth>
          Start
        </Button>
        {failure ? <InfoBar>Has the link been used? Then sign in, or ask for a new one.</InfoBar> : null}
      </form>
    </SessionCard>
  );
}

/** What keeps a new password from being taken, by field. */
export function newPasswordProblems(password: string, again: string): FieldProblems {
  if (password.length < PASSWORD_MIN) return { password: fieldWords.passwordShort };
  return password === again ? {} : { again: fieldWords.passwordsDiffer };
}
