import type { ReactNode } from 'react';
import type { DeliveryStatus, Health } from '../api/types';
import { deliveryStatuses, healthWords } from '../copy';
import { IconCheck, IconClock, IconCross, IconNone, IconPause, IconRetry, IconSpark, IconWarning } from './icons';
import { Tooltip } from './kit';
import css from './status.module.css';

export type Tone = 'ok' | 'warn' | 'bad' | 'quiet';

const deliveryLooks: Record<DeliveryStatus, { tone: Tone; icon: ReactNode }> = {
  delivered: { tone: 'ok', icon: <IconCheck /> },
  retrying: { tone: 'warn', icon: <IconRetry /> },
  failed: { tone: 'bad', icon: <IconCross /> },
  waiting: { tone: 'quiet', icon: <IconClock /> },
  skipped: { tone: 'quiet', icon: <IconNone /> },
  cancelled: { tone: 'quiet', icon: <IconNone /> },
};

const healthLooks: Record<Health, { tone: Tone; icon: ReactNode }> = {
  new: { tone: 'quiet', icon: <IconSpark /> },
  healthy: { tone: 'ok', icon: <IconCheck /> },
  some_problems: { tone: 'warn', icon: <IconWarning /> },
  failing: { tone: 'bad', icon: <IconCross /> },
  paused: { tone: 'bad', icon: <IconPause /> },
  off: { tone: 'quiet', icon: <IconNone /> },
};

/** A state as icon, word and colour, so that no reader depends on one of them. */
export function StatusWord({ status }: { status: DeliveryStatus }) {
  const look = deliveryLooks[status];
  return (
    <span className={css.word} data-tone={look.tone}>
      {look.icon}
      {deliveryStatuses[status].word}
    </span>
  );
}

/** @param explain says the rule behind the word on hover and focus. */
export function HealthWord({ health, word, explain = true }: { health: Health; word?: string; explain?: boolean }) {
  const look = healthLooks[health];
  const label = (
    <span className={css.word} data-tone={look.tone} tabIndex={explain ? 0 : undefined}>
      {look.icon}
      {word ?? healthWords[health].word}
    </span>
  );
  return explain ? <Tooltip label={healthWords[health].meaning}>{label}</Tooltip> : label;
}

export function healthTone(health: Health): Tone {
  return healthLooks[health].tone;
}

/** Marks a delivery that somebody sent as a test. */
export function TestTag() {
  return <span className={css.tag}>Test</span>;
}
