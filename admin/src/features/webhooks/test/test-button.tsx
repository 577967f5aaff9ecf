import { useId, useState } from 'react';
import { useMe } from '../../../api/session';
import type { Webhook } from '../../../api/types';
import { deniedBecause } from '../../../lib/rights';
import { webhookName } from '../../../lib/webhook-name';
import { GuardedButton } from '../../../ui/guarded-button';
import { IconSend } from '../../../ui/icons';
import { ActionIcon, Tooltip, VisuallyHidden } from '../../../ui/kit';
import { LazyTestDialog } from './lazy-test-dialog';

interface TestButtonProps {
  webhook: Webhook;
  label?: string;
  size?: 'xs' | 'sm';
  /** Pressed by T. One on a screen, and one in each row. */
  shortcut?: boolean;
}

/** Opens the test of a webhook, for those who may send one. */
export function TestButton({ webhook, label = 'Send test', size = 'sm', shortcut = false }: TestButtonProps) {
  const test = useTest(webhook);
  return (
    <>
      <GuardedButton
        variant="default"
        size={size}
        leftSection={<IconSend />}
        denied={test.denied}
        onClick={test.open}
        {...(shortcut ? { 'aria-keyshortcuts': 'T' } : {})}
      >
        {label}
      </GuardedButton>
      {test.dialog}
    </>
  );
}

/** The same as an icon, for a row of a list. */
export function TestIcon({ webhook }: { webhook: Webhook }) {
  const { denied, open, dialog } = useTest(webhook);
  const reasonId = useId();
  return (
    <>
      <Tooltip label={denied ?? 'Send test (T)'}>
        <ActionIcon
          variant="subtle"
          color="gray"
          size={36}
          aria-label={`Send test: ${webhookName(webhook)}`}
          aria-keyshortcuts="T"
          aria-disabled={denied !== null}
          aria-describedby={denied === null ? undefined : reasonId}
          data-disabled={denied === null ? undefined : true}
          onClick={denied === null ? open : undefined}
        >
          <IconSend size={18} />
        </ActionIcon>
      </Tooltip>
      {denied === null ? null : <VisuallyHidden id={reasonId}>{denied}</VisuallyHidden>}
      {dialog}
    </>
  );
}

function useTest(webhook: Webhook) {
  const me = useMe();
  const [testing, setTesting] = useState(false);
  return {
    denied: deniedBecause(me, 'webhooks.test', 'send tests'),
    open: () => setTesting(true),
    dialog: <LazyTestDialog webhook={testing ? webhook : null} onClose={() => setTesting(false)} />,
  };
}
