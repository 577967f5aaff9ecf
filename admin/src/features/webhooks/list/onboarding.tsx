import { useMe } from '../../../api/session';
import type { Me } from '../../../api/types';
import { seconds } from '../../../lib/time';
import { GuardedButton } from '../../../ui/guarded-button';
import { IconPlus } from '../../../ui/icons';
import { TextLink } from '../../../ui/link';
import { CopyButton } from '../../../ui/copy-button';
import css from './onboarding.module.css';

const STEPS = [
  { title: 'Give us a web address', text: 'Your developer has\u00a0it. No address yet?' },
  { title: 'Choose what to send', text: 'New application, interview booked, candidate hired…' },
  { title: 'Send test', text: 'You see the answer right here.' },
];

interface OnboardingProps {
  denied: string | null;
  onAdd: () => void;
  onUseInbox: () => void;
}

/** The first screen of a new agency: the purpose of webhooks, and the three steps. */
export function Onboarding({ denied, onAdd, onUseInbox }: OnboardingProps) {
  const me = useMe();
  return (
    <section className={css.card} aria-labelledby="onboarding">
      <h2 id="onboarding" className={css.title}>
        Tell your other tools when something happens in BPOC
      </h2>
      <p className={css.lead}>For example: when someone is hired, your payroll gets it in seconds.</p>
      <ol className={css.steps}>
        {STEPS.map((step, index) => (
          <li key={step.title} className={css.step}>
            <span className={css.number} aria-hidden="true">
              {index + 1}
            </span>
            <h3>{step.title}</h3>
            <p>{step.text}</p>
            {index === 0 ? (
              <GuardedButton denied={denied} size="xs" variant="default" onClick={onUseInbox}>
                Use a test inbox
              </GuardedButton>
            ) : null}
          </li>
        ))}
      </ol>
      <div className={css.actions}>
        <GuardedButton denied={denied} size="md" leftSection={<IconPlus />} aria-keyshortcuts="N" onClick={onAdd}>
          Add webhook
        </GuardedButton>
        <CopyButton text={() => stepsForDeveloper(me)} label="Copy steps for a developer" size="md" />
      </div>
      <TextLink to="/recruiter/api/guide/events" className={css.more}>
        See what we can send
      </TextLink>
    </section>
  );
}

function stepsForDeveloper({ platform }: Me): string {
  const guide = `${globalThis.location.origin}/recruiter/api/guide`;
  return [
    'Hello! We would like BPOC to tell our system when something happens to a candidate.',
    '',
    'What we need from you:',
    '1. A web address (https) that takes POST requests with JSON.',
    `   It answers 2xx within ${seconds(platform.answer_within_ms)}.`,
    '2. We register it in BPOC and send you a secret. Use it to check the signature of each message.',
    '3. We press “Send test” and look at your answer together.',
    '',
    `Events and fields:      ${guide}/events`,
    `Checking the signature: ${guide}/verify`,
  ].join('\n');
}
