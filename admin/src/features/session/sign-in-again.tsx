import { useQueryClient } from '@tanstack/react-query';
import { useRouter } from '@tanstack/react-router';
import { useEffect, useState, type FormEvent } from 'react';
import { refetchAll } from '../../api/live/refresh';
import { meQuery, readMe, signIn } from '../../api/session';
import { setSessionEnded } from '../../api/session-end';
import type { Me } from '../../api/types';
import { fieldWords } from '../../copy-forms';
import { useSubmit } from '../../lib/use-submit';
import { DialogButtons } from '../../ui/dialog-buttons';
import { Button, PasswordInput, TextInput } from '../../ui/kit';
import { Modal } from '../../ui/modal';
import { SignInFailure } from './sign-in-failure';
import css from './session-card.module.css';

/** Esc here would also close the dialog below and lose its input. */
const KEEPS_ESCAPE = { 'data-mantine-stop-propagation': 'true' };

/** Covers the screen whose session ended, which keeps its input until the same person is back. */
export function SignInAgain({ me }: { me: Me }) {
  const [email, setEmail] = useState(me.email ?? '');
  const [password, setPassword] = useState('');
  const { busy, problems, failure, check, run } = useSubmit();
  const enter = useEnterAgain(me);
  const router = useRouter();
  useBackFromElsewhere(enter);

  async function submit(event: FormEvent): Promise<void> {
    event.preventDefault();
    if (!check(password === '' ? { password: fieldWords.passwordEmpty } : {})) return;
    await run([], async () => enter(await signIn({ email: email.trim(), password })));
  }

  function leave(): void {
    setSessionEnded(false);
    globalThis.location.assign(router.buildLocation({ to: '/sign-in' }).href);
  }

  return (
    // Not the Modal component: its header would be a second one next to that of the dialog below.
    <Modal.Root
      opened
      onClose={() => undefined}
      closeOnEscape={false}
      closeOnClickOutside={false}
      zIndex={350}
      padding="lg"
      transitionProps={{ duration: 120 }}
    >
      <Modal.Overlay backgroundOpacity={0.45} />
      <Modal.Content radius="lg">
        <Modal.Body>
          <Modal.Title className={css.againTitle}>You were signed out</Modal.Title>
          <form className={css.form} onSubmit={(event) => void submit(event)} noValidate>
            <p>Sign in again to continue, here or in another tab. Nothing you typed is lost.</p>
            <TextInput
              label="Email"
              type="email"
              autoComplete="username"
              value={email}
              onChange={(event) => setEmail(event.currentTarget.value)}
              {...KEEPS_ESCAPE}
            />
            <PasswordInput
              label="Password"
              autoComplete="current-password"
              value={password}
              onChange={(event) => setPassword(event.currentTarget.value)}
              error={problems.password}
              visibilityToggleButtonProps={{ 'aria-label': 'Show the password', ...KEEPS_ESCAPE }}
              data-autofocus
              {...KEEPS_ESCAPE}
            />
            <SignInFailure failure={failure} />
            <DialogButtons>
              <Button variant="default" onClick={leave} {...KEEPS_ESCAPE}>
                Leave this page
              </Button>
              <Button type="submit" loading={busy} {...KEEPS_ESCAPE}>
                Sign in
              </Button>
            </DialogButtons>
          </form>
        </Modal.Body>
      </Modal.Content>
    </Modal.Root>
  );
}

/** The screens continue where they were; for another person they start over. */
function useEnterAgain(before: Me): (me: Me) => void {
  const queryClient = useQueryClient();
  const router = useRouter();
  return (me) => {
    setSessionEnded(false);
    if (me.id !== before.id) {
      queryClient.setQueryData(meQuery.queryKey, me);
      // Data loaded by the other person must not be shown to this one.
      void queryClient.resetQueries({ predicate: ({ queryKey }) => queryKey[0] !== meQuery.queryKey[0] });
      void router.navigate({ to: '/recruiter/api/webhooks' });
      return;
    }
    queryClient.setQueryData(meQuery.queryKey, me);
    void refetchAll(queryClient);
    // Queries that failed in the meantime and are not updated by the stream.
    void queryClient.refetchQueries({ type: 'active', predicate: ({ state }) => state.data === undefined });
  };
}

/** Closes when the person has signed in in another tab. */
function useBackFromElsewhere(enter: (me: Me) => void): void {
  useEffect(() => {
    function look(): void {
      if (!document.hidden) void readMe().then(enter, () => undefined);
    }
    globalThis.addEventListener('focus', look);
    document.addEventListener('visibilitychange', look);
    return () => {
      globalThis.removeEventListener('focus', look);
      document.removeEventListener('visibilitychange', look);
    };
  });
}
