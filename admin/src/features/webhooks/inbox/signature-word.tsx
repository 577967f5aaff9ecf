import type { ReactNode } from 'react';
import type { InboxMessage } from '../../../api/types';
import { signatureWords } from '../../../copy-forms';
import { IconCheck, IconCross, IconNone } from '../../../ui/icons';
import css from './inbox.module.css';

type Verdict = InboxMessage['signature'];

const LOOKS: Record<Verdict, { tone: 'ok' | 'bad' | 'quiet'; icon: ReactNode }> = {
  valid: { tone: 'ok', icon: <IconCheck /> },
  invalid: { tone: 'bad', icon: <IconCross /> },
  unknown: { tone: 'quiet', icon: <IconNone /> },
};

export function SignatureWord({ verdict }: { verdict: Verdict }) {
  const { tone, icon } = LOOKS[verdict];
  return (
    <span className={css.verdict} data-tone={tone}>
      {icon} {signatureWords[verdict].word}
    </span>
  );
}
