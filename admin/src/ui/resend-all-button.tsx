import type { ButtonProps } from '@mantine/core';
import { useMe } from '../api/session';
import { askToResend, type ResendRequest } from '../lib/resend-request';
import { deniedBecause } from '../lib/rights';
import { GuardedButton } from './guarded-button';
import { IconRetry } from './icons';

interface ResendAllButtonProps extends ButtonProps {
  request: () => ResendRequest;
  children: string;
  'aria-label'?: string;
}

/** Opens the preview of a bulk resend; nothing is sent by this button itself. */
export function ResendAllButton({ request, children, ...rest }: ResendAllButtonProps) {
  const me = useMe();
  return (
    <GuardedButton
      variant="default"
      leftSection={<IconRetry />}
      denied={deniedBecause(me, 'recoveries.run', 'resend many at once')}
      onClick={() => askToResend(request())}
      {...rest}
    >
      {children}
    </GuardedButton>
  );
}
