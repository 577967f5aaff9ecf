import { useState } from 'react';
import { useMe } from '../../../../api/session';
import type { Webhook } from '../../../../api/types';
import { deniedBecause } from '../../../../lib/rights';
import { shortDate } from '../../../../lib/time';
import { GuardedButton } from '../../../../ui/guarded-button';
import { IconKey } from '../../../../ui/icons';
import { Card } from '../../../../ui/page';
import css from '../settings.module.css';
import { NewSecretDialog } from './new-secret-dialog';
import { OldSecret } from './old-secret';

/** Which secret signs, and since when; while two do, how to end the old one. */
export function SecretCard({ webhook }: { webhook: Webhook }) {
  const me = useMe();
  const [making, setMaking] = useState(false);
  const denied = deniedBecause(me, 'secrets.write', 'change secrets');
  return (
    <Card title="Secret">
      <p>
        <code className={css.secret}>whsec_…{webhook.secret_last4}</code>
        <span className={css.quiet}> in use since {shortDate(webhook.secret_created_at)}</span>
      </p>
      {webhook.previous_secret ? (
        <OldSecret webhook={webhook} previous={webhook.previous_secret} denied={denied} />
      ) : null}
      <p className={css.quiet}>We show a secret only once, when it is made. Lost it? Create a new one.</p>
      <div className={css.buttons}>
        <GuardedButton variant="default" leftSection={<IconKey />} denied={denied} onClick={() => setMaking(true)}>
          Create a new secret…
        </GuardedButton>
      </div>
      {making ? <NewSecretDialog webhook={webhook} onClose={() => setMaking(false)} /> : null}
    </Card>
  );
}
