import type { ReactNode } from 'react';
import type { NewSharedLink } from '../../../api/types';
import { shortDate } from '../../../lib/time';
import { ShowOnce } from '../../../ui/show-once';

interface LinkOnceProps {
  link: NewSharedLink;
  onTaken: () => void;
  /** What the link is for. */
  children: ReactNode;
}

/** A new link, which is shown only once. */
export function LinkOnce({ link, onTaken, children }: LinkOnceProps) {
  return (
    <ShowOnce
      value={link.url}
      mask={`${link.url.split('#')[0]}#${'•'.repeat(20)}`}
      hint={`For one person. It needs no account and works until ${shortDate(link.expires_at)}.`}
      onTaken={onTaken}
    >
      {children} <strong>We show this link only once.</strong>
    </ShowOnce>
  );
}
