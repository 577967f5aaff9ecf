import type { ButtonProps } from '@mantine/core';
import { useId, type MouseEvent, type ReactNode } from 'react';
import { Button, Tooltip, VisuallyHidden } from './kit';

interface GuardedButtonProps extends ButtonProps {
  /** Why this person is not allowed to use it; null if they are. */
  denied: string | null;
  onClick: (event: MouseEvent<HTMLButtonElement>) => void;
  children: ReactNode;
  'aria-keyshortcuts'?: string;
  'aria-label'?: string;
}

/** A button that is shown even to people without the right to use it, with the reason. */
export function GuardedButton({ denied, onClick, children, ...rest }: GuardedButtonProps) {
  const reasonId = useId();
  if (denied === null) {
    return (
      <Button onClick={onClick} {...rest}>
        {children}
      </Button>
    );
  }
  return (
    <>
      <Tooltip label={denied}>
        <Button {...rest} variant="default" aria-disabled="true" aria-describedby={reasonId} data-disabled>
          {children}
        </Button>
      </Tooltip>
      <VisuallyHidden id={reasonId}>{denied}</VisuallyHidden>
    </>
  );
}
