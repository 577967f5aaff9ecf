import { useMutation } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { createInbox } from '../../../api/inboxes';
import { LoadingRows, ProblemNote } from '../../../ui/states';

interface NewInboxProps {
  /** The address of the inbox; null until it is created. */
  address: string | null;
  onAddress: (url: string) => void;
}

/** For users without an address: creates a test inbox as soon as it is rendered. */
export function NewInbox({ address, onAddress }: NewInboxProps) {
  const making = useMutation({ mutationFn: createInbox, onSuccess: ({ url }) => onAddress(url) });
  const asked = useRef(address !== null);
  useEffect(() => {
    if (asked.current) return;
    asked.current = true;
    making.mutate();
  });
  if (making.isError) return <ProblemNote error={making.error} />;
  if (address === null) return <LoadingRows rows={1} height={20} label="Making a test inbox" />;
  return <p>A test inbox of BPOC: see here what arrives. Enter your own address later, under Settings.</p>;
}
