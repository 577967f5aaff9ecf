import { useState } from 'react';
import { useMe } from '../../../api/session';
import { keptFor } from '../../../lib/retention';
import { webhookName } from '../../../lib/webhook-name';
import { GuardedButton } from '../../../ui/guarded-button';
import { IconTrash } from '../../../ui/icons';
import { Card } from '../../../ui/page';
import { DeleteDialog } from './delete-dialog';
import css from './settings.module.css';
import type { CardProps } from './use-save';

export function DeleteCard({ webhook, denied }: CardProps) {
  const me = useMe();
  const [asking, setAsking] = useState(false);
  return (
    <Card title="Delete" tone="danger">
      <div className={css.danger}>
        <p className={css.quiet}>
          Nothing more is sent, and what still waits is cancelled. Its deliveries stay visible for {keptFor(me)}.
        </p>
        <GuardedButton
          variant="default"
          className={css.delete}
          leftSection={<IconTrash />}
          denied={denied}
          onClick={() => setAsking(true)}
        >
          Delete webhook…
        </GuardedButton>
      </div>
      {asking ? <DeleteDialog id={webhook.id} name={webhookName(webhook)} onClose={() => setAsking(false)} /> : null}
    </Card>
  );
}
