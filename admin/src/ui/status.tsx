import type { ReactNode } from 'react';
import type { DeliveryStatus, Health } from '../api/types';
import { deliveryStatuses, healthWords } from '../copy';
import { IconClock, IconCross, IconDot, IconNone, IconPause, IconSpark, IconWaitsToRetry, IconWarning } from './icons';
import { Tooltip } from './kit';
import css from './status.module.css';

type Tone = 'ok' | 'warn' | 'bad' | 'quiet';

const deliveryLooks: Record<DeliveryStatus, { tone: Tone; icon: ReactNode }> = {
  delivered: { tone: 'ok', icon: <IconDot /> },
  retrying: { tone: 'warn', icon: <IconWaitsToRetry /> },
  failed: { tone: 'bad', icon: <IconCross /> },
  waiting: { tone: 'quiet', icon: <IconClock /> },
  skipped: { tone: 'quiet', icon: <IconNone /> },
  cancelled: { tone: 'quiet', icon: <IconNone /> },
};

const healthLooks: Record<Health, { tone: Tone; icon: ReactNode }> = {
  new: { tone: 'quiet', icon: <IconSpark /> },
  healthy: { tone: 'ok', icon: <IconDot /> },
  some_problems: { tone: 'warn', icon: <IconWarning /> },
  slowed_down: { tone: 'warn', icon: <IconClock /> },
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

interface HealthWordProps {
  health: Health;
  /** Explains the state on hover and focus. */
  explain?: boolean;
  /** Details of this delivery, shown before the explanation. */
  about?: string | undefined;
}

export function HealthWord({ health, explain = true, about }: HealthWordProps) {
  const look = healthLooks[health];
  const label = (
    <span className={css.word} data-tone={look.tone} tabIndex={explain ? 0 : undefined}>
      {look.icon}
      {healthWords[health].word}
    </span>
  );
  if (!explain) return label;
  const { meaning } = healthWords[health];
  return <Tooltip label={about ? `${about} ${meaning}` : meaning}>{label}</Tooltip>;
}

/** Marks a delivery that was sent as a test. */
export function TestTag() {
  return <span className={css.tag}>Test</span>;
}
