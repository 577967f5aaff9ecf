import type { ReactNode } from 'react';
import type { InboxMessage } from '../../../api/types';
import { IconCheck, IconCross, IconNone } from '../../../ui/icons';
import css from './inbox.module.css';

type Verdict = InboxMessage['signature'];

interface VerdictWords {
  word: string;
  meaning: string;
  tone: 'ok' | 'bad' | 'quiet';
  icon: ReactNode;
}

export const signatureWords: Record<Verdict, VerdictWords> = {
  valid: {
    word: 'Signature is right',
    meaning: 'BPOC sent it with the secret of this webhook, and nobody changed it.',
    tone: 'ok',
    icon: <IconCheck />,
  },
  invalid: {
    word: 'Signature is wrong',
    meaning: 'It was signed with another secret, or changed on the way. A receiver should refuse it.',
    tone: 'bad',
    icon: <IconCross />,
  },
  unknown: {
    word: 'No signature to check',
    meaning: 'It was not signed, so anybody who knows the address can have sent it. A receiver should refuse it.',
    tone: 'quiet',
    icon: <IconNone />,
  },
};

export function SignatureWord({ verdict }: { verdict: Verdict }) {
  const { word, tone, icon } = signatureWords[verdict];
  return (
    <span className={css.verdict} data-tone={tone}>
      {icon} {word}
    </span>
  );
}
