import { useMutation } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { createInbox } from '../../../api/inboxes';
import { Button } from '../../../ui/kit';
import { ProblemNote } from '../../../ui/states';
import css from './inbox-button.module.css';

interface InboxButtonProps {
  /** Takes the address of the new inbox. */
  onAddress: (url: string) => void;
  /** The person has asked for it already, before this was on screen. */
  atOnce: boolean;
}

/** For users without an address yet: makes a test inbox and fills its address in. */
export function InboxButton({ onAddress, atOnce }: InboxButtonProps) {
  const making = useMutation({ mutationFn: createInbox, onSuccess: ({ url }) => onAddress(url) });
  const asked = useRef(false);
  useEffect(() => {
    if (!atOnce || asked.current) return;
    asked.current = true;
    making.mutate();
  });
  return (
    <>
      <p className={css.line}>
        No address yet?
        <Button variant="subtle" size="compact-sm" loading={making.isPending} onClick={() => making.mutate()}>
          Use a test inbox
        </Button>
      </p>
      {making.isError ? <ProblemNote error={making.error} /> : null}
    </>
  );
}
