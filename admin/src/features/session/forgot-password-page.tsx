import { useState, type FormEvent } from 'react';
import { forgotPassword } from '../../api/session';
import { fieldWords } from '../../copy-forms';
import type { FieldProblems } from '../../lib/field-problems';
import { useSubmit } from '../../lib/use-submit';
import { Button, TextInput } from '../../ui/kit';
import { TextLink } from '../../ui/link';
import { ProblemNote } from '../../ui/states';
import { SessionCard } from './session-card';
import css from './session-card.module.css';

/** Requests a link by mail. The answer is the same for every address. */
export function ForgotPasswordPage() {
  const [sentTo, setSentTo] = useState<string | null>(null);
  if (sentTo === null) return <AskForm onSent={setSentTo} />;
  return (
    <SessionCard title="Check your inbox" intro={`If ${sentTo} has an account, a link is on its way to it.`}>
      <div className={css.form} role="status">
        <p>It works for an hour. Nothing there? Check your spam folder, or ask an owner of your agency for a link.</p>
        <BackToSignIn />
      </div>
    </SessionCard>
  );
}

function AskForm({ onSent }: { onSent: (email: string) => void }) {
  const [email, setEmail] = useState('');
  const { busy, problems, setProblems, failure, check, run } = useSubmit();

  async function submit(event: FormEvent): Promise<void> {
    event.preventDefault();
    const found: FieldProblems = email.trim() === '' ? { email: fieldWords.emailEmpty } : {};
    if (!check(found)) return;
    if ((await run(['email'], () => forgotPassword(email.trim()))) !== null) onSent(email.trim());
  }

  return (
    <SessionCard title="Forgot your password?" intro="We send a link to choose a new one.">
      <form className={css.form} onSubmit={(event) => void submit(event)} noValidate>
        <TextInput
          label="Email"
          type="email"
          autoComplete="username"
          // The screen has one purpose, and this is its first field.
          autoFocus
          value={email}
          onChange={(event) => {
            setEmail(event.currentTarget.value);
            setProblems({});
          }}
          error={problems.email}
          size="md"
        />
        {failure ? <ProblemNote error={failure} /> : null}
        <Button type="submit" size="md" loading={busy} className={css.submit} fullWidth>
          Send the link
        </Button>
        <BackToSignIn />
      </form>
    </SessionCard>
  );
}

function BackToSignIn() {
  return (
    <p className={css.under}>
      <TextLink to="/sign-in">Back to sign in</TextLink>
    </p>
  );
}
