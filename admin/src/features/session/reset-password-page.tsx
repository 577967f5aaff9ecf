import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { resetPassword } from '../../api/session';
import { TextLink } from '../../ui/link';
import { toast } from '../../ui/toasts';
import { NewPasswordForm } from './new-password-form';
import { SessionCard } from './session-card';

/** `/reset-password#<token>`, from a mail. */
export function ResetPasswordPage() {
  const [token] = useState(() => globalThis.location.hash.slice(1));
  const navigate = useNavigate();
  const askAgain = <TextLink to="/forgot-password">Ask for a new link</TextLink>;
  if (token === '') {
    return (
      <SessionCard title="This link is incomplete" intro="Open the full link from the email again.">
        {askAgain}
      </SessionCard>
    );
  }
  return (
    <SessionCard title="Choose a new password" intro="This signs you out in all browsers.">
      <NewPasswordForm
        action="Save password"
        hint={askAgain}
        save={async (password) => {
          await resetPassword({ token, password });
          toast('done', 'Your password has been changed. Sign in with it.');
          await navigate({ to: '/sign-in', replace: true });
        }}
      />
    </SessionCard>
  );
}
