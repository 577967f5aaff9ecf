import { useQuery } from '@tanstack/react-query';
import { anyDeliveryQuery } from '../../../api/deliveries';
import type { Webhook } from '../../../api/types';
import { IconCheck } from '../../../ui/icons';
import { VisuallyHidden } from '../../../ui/kit';
import { TextLink } from '../../../ui/link';
import css from './checklist.module.css';

/** The first steps and their progress, until a real delivery has succeeded. */
export function Checklist({ webhooks }: { webhooks: readonly Webhook[] }) {
  const real = useQuery(anyDeliveryQuery('false'));
  const tested = useQuery(anyDeliveryQuery('true')).data ?? false;
  const [first] = webhooks;
  if (!first || real.data !== false) return null;
  return (
    <section className={css.card} aria-labelledby="checklist">
      <h2 id="checklist" className={css.title}>
        Almost there
      </h2>
      <ol className={css.steps}>
        <Step done>Give us a web address</Step>
        <Step done>Choose what to send</Step>
        <Step done={tested}>
          {tested ? (
            'Send test'
          ) : (
            <TextLink to="/recruiter/api/webhooks/$id" params={{ id: first.id }}>
              Send test
            </TextLink>
          )}
        </Step>
        <Step done={false}>The first real event arrives automatically</Step>
      </ol>
    </section>
  );
}

function Step({ done, children }: { done: boolean; children: React.ReactNode }) {
  return (
    <li className={css.step} data-done={done || undefined}>
      <span className={css.mark}>{done ? <IconCheck size={14} /> : null}</span>
      <span>
        {children}
        <VisuallyHidden>{done ? ' (done)' : ' (to do)'}</VisuallyHidden>
      </span>
    </li>
  );
}
