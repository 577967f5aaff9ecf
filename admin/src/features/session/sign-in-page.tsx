import { useQueryClient } from '@tanstack/react-query';
import { getRouteApi, useRouter } from '@tanstack/react-router';
import { useRef, useState, type FormEvent } from 'react';
import { meQuery, signIn } from '../../api/session';
import { fieldWords } from '../../copy-forms';
import type { FieldProblems } from '../../lib/field-problems';
import { useSubmit } from '../../lib/use-submit';
import { Button, PasswordInput, TextInput } from '../../ui/kit';
import { TextLink } from '../../ui/link';
import { SessionCard } from './session-card';
import { SignInFailure } from './sign-in-failure';
import css from './session-card.module.css';

const route = getRouteApi('/sign-in');

export function SignInPage() {
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const { busy, problems, failure, check, run } = useSubmit();
  const passwordField = useRef<HTMLInputElement>(null);
  const enter = useEnter();

  async function submit(event: FormEvent): Promise<void> {
    event.preventDefault();
    const missing: FieldProblems = {
      ...(email.trim() === '' ? { email: fieldWords.emailEmpty } : {}),
      ...(password === '' ? { password: fieldWords.passwordEmpty } : {}),
    };
    if (!check(missing)) return;
    const send = () => enter({ email: email.trim(), password });
    await run(['email', 'password'], send, () => passwordField.current?.select());
  }

  return (
    <SessionCard title="Sign in" intro="Webhooks for your BPOC agency.">
      <form className={css.form} onSubmit={(event) => void submit(event)} noValidate>
        <TextInput
          label="Email"
          type="email"
          autoComplete="username"
          // The screen has one purpose, and this is its first field.
          autoFocus
          value={email}
          onChange={(event) => setEmail(event.currentTarget.value)}
          error={problems.email}
          size="md"
        />
        <PasswordInput
          ref={passwordField}
          label="Password"
          autoComplete="current-password"
          value={password}
          onChange={(event) => setPassword(event.currentTarget.value)}
          error={problems.password}
          visibilityToggleButtonProps={{ 'aria-label': 'Show the password' }}
          size="md"
        />
        <SignInFailure failure={failure} />
        <Button type="submit" size="md" loading={busy} className={css.submit} fullWidth>
          Sign in
        </Button>
        <p className={css.under}>
          <TextLink to="/forgot-password">Forgot password?</TextLink>
        </p>
      </form>
    </SessionCard>
  );
}

/** Signs in and goes to the page that the person wanted. */
function useEnter(): (input: { email: string; password: string }) => Promise<void> {
  const queryClient = useQueryClient();
  const router = useRouter();
  const { next } = route.useSearch();
  return async (input) => {
    const me = await signIn(input);
    // Data loaded by an earlier person must not be shown to this one.
    queryClient.clear();
    queryClient.setQueryData(meQuery.queryKey, me);
    router.history.replace(next ?? '/recruiter/api/webhooks');
  };
}
