import type { Webhook } from '../../api/types';
import { webhookName } from '../../lib/webhook-name';
import { TextLink } from '../../ui/link';
import { InfoBar } from '../../ui/states';
import css from './same-address-note.module.css';

/** Two webhooks on one address get everything twice, which is rarely intended. */
export function SameAddressNote({ existing }: { existing: Webhook }) {
  return (
    <InfoBar tone="warn">
      <span>
        {webhookName(existing)} already uses this address. Add these events there instead?{' '}
        <TextLink
          className={css.open}
          to="/recruiter/api/webhooks/$id/settings"
          params={{ id: existing.id }}
          underline="always"
        >
          Open it
        </TextLink>
      </span>
    </InfoBar>
  );
}
