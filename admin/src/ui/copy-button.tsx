import { useEffect, useState } from 'react';
import { copyText } from '../lib/clipboard';
import { IconCheck, IconCopy } from './icons';
import type { ButtonProps } from '@mantine/core';
import { Button } from './kit';

interface CopyButtonProps extends ButtonProps {
  /** Evaluated on click, so that long texts are built only when needed. */
  text: string | (() => string);
  label: string;
  onCopied?: () => void;
  'aria-keyshortcuts'?: string;
}

/** Copies and says so on the button itself. */
export function CopyButton({ text, label, onCopied, ...rest }: CopyButtonProps) {
  const [state, setState] = useState<'idle' | 'copied' | 'refused'>('idle');
  useEffect(() => {
    if (state === 'idle') return undefined;
    const timer = setTimeout(() => setState('idle'), 2_500);
    return () => clearTimeout(timer);
  }, [state]);

  async function copy(): Promise<void> {
    const done = await copyText(typeof text === 'string' ? text : text());
    setState(done ? 'copied' : 'refused');
    if (done) onCopied?.();
  }

  return (
    <Button
      variant="default"
      leftSection={state === 'copied' ? <IconCheck /> : <IconCopy />}
      onClick={() => void copy()}
      {...rest}
    >
      <span aria-live="polite">
        {state === 'copied' ? 'Copied' : state === 'refused' ? 'Select it and copy it yourself' : label}
      </span>
    </Button>
  );
}
