import { useMe } from '../../../api/session';
import type { Delivery } from '../../../api/types';
import { deniedBecause } from '../../../lib/rights';
import { IconRetry } from '../../../ui/icons';
import { cannotResend, useResend } from './use-resend';
import css from './resend-icon.module.css';

/** ↻ at the end of a row. A plain button, because the kit's with a tooltip doubles the scroll time of long lists. */
export function ResendIcon({ delivery, title }: { delivery: Delivery; title: string }) {
  const me = useMe();
  const resend = useResend(delivery);
  const denied = deniedBecause(me, 'deliveries.resend', 'resend deliveries') ?? cannotResend(delivery);
  return (
    <button
      type="button"
      className={css.button}
      aria-label={`${title}: send again`}
      // With a label, the title is the description, so screen readers announce the reason too.
      title={denied ?? (delivery.status === 'retrying' ? 'Send now' : 'Resend')}
      aria-keyshortcuts="R"
      aria-busy={resend.isPending || undefined}
      aria-disabled={denied === null ? undefined : true}
      onClick={() => {
        if (denied === null && !resend.isPending) resend.mutate();
      }}
    >
      <IconRetry size={17} />
    </button>
  );
}
