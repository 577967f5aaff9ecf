import { useId } from 'react';
import { useMe } from '../../../api/session';
import type { Delivery } from '../../../api/types';
import { deniedBecause } from '../../../lib/rights';
import { IconRetry } from '../../../ui/icons';
import { ActionIcon, Tooltip, VisuallyHidden } from '../../../ui/kit';
import { cannotResend, useResend } from './use-resend';

/** ↻ at the end of a row. */
export function ResendIcon({ delivery, title }: { delivery: Delivery; title: string }) {
  const me = useMe();
  const resend = useResend(delivery);
  const reasonId = useId();
  const denied = deniedBecause(me, 'deliveries.resend', 'resend deliveries') ?? cannotResend(delivery);
  return (
    <>
      <Tooltip label={denied ?? (delivery.status === 'retrying' ? 'Send now' : 'Resend')}>
        <ActionIcon
          variant="subtle"
          color="gray"
          size={36}
          aria-label={`${title}: send again`}
          aria-keyshortcuts="R"
          loading={resend.isPending}
          {...(denied === null
            ? { onClick: () => resend.mutate() }
            : { 'aria-disabled': true, 'aria-describedby': reasonId, 'data-disabled': true })}
        >
          <IconRetry size={17} />
        </ActionIcon>
      </Tooltip>
      {denied === null ? null : <VisuallyHidden id={reasonId}>{denied}</VisuallyHidden>}
    </>
  );
}
