import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { acceptInvite, meQuery } from '../../api/session';
import { TextLink } from '../../ui/link';
import { NewPasswordForm } from './new-password-form';
import { SessionCard } from './session-card';

/** `/invite#<token>`: the token is in the fragment, so no server or proxy logs it. */
export function InvitePage() {
  const [token] = useState(() => globalThis.location.hash.slice(1));
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  if (token === '') {
    return (
      <SessionCard title="This link is incomplete" intro="Open the full link from your invitation again.">
        <TextLink to="/sign-in">I already have an account</TextLink>
      </SessionCard>
    );
  }
  return (
    <SessionCard title="Welcome" intro="Choose a password to finish your account.">
      <NewPasswordForm
        action="Start"
        hint="Already used this link? Sign in, or ask for a new one."
        save={async (password) => {
          const me = await acceptInvite({ token, password });
          queryClient.clear();
          queryClient.setQueryData(meQuery.queryKey, me);
          await navigate({ to: '/recruiter/api/webhooks', replace: true });
        }}
      />
    </SessionCard>
  );
}
