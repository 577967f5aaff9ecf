import { useMutation, useQuery } from '@tanstack/react-query';
import { newestTestQuery } from '../../api/deliveries';
import { sendTest, webhooksQuery } from '../../api/webhooks';
import type { Reason } from '../../api/types';
import { toolNames } from '../../copy-tools';
import { isTool, reasonWords } from '../../lib/failure-sentence';
import { statusName } from '../../lib/http-status';
import { webhookName } from '../../lib/webhook-name';
import { IconCheck, IconWarning } from '../../ui/icons';
import { Button } from '../../ui/kit';
import { ProblemNote } from '../../ui/states';
import { serverNow } from '../../lib/server-clock';
import css from './recoveries.module.css';

interface Answer {
  at: string;
  reason: Reason;
  response_status: number | null;
}

/** Warns that the receiver is still failing, since resending would fail again, and offers a test. */
export function StillFailing({ webhookId, count }: { webhookId: string; count: number }) {
  const webhook = useQuery(webhooksQuery).data?.find((entry) => entry.id === webhookId);
  const test = useQuery(newestTestQuery(webhookId)).data;
  const retest = useMutation({ mutationFn: () => sendTest(webhookId, 'webhook.test') });
  const answer = newest(
    retest.data ? { at: new Date(serverNow()).toISOString(), ...pick(retest.data.attempt) } : null,
    test?.reason ? { at: test.created_at, ...pick({ ...test, reason: test.reason }) } : null,
    webhook?.last_delivery ?? null,
  );
  if (!webhook || !answer) return null;
  if (answer.reason === 'ok') {
    return retest.data ? (
      <p className={css.answering} role="status">
        <IconCheck /> {webhookName(webhook)} answers again: {words(answer)}.
      </p>
    ) : null;
  }
  return (
    <>
      <div className={css.warning} role="status">
        <IconWarning />
        <p>
          {answer.response_status === null
            ? reasonWords(answer.reason, webhook).sentence
            : `${isTool(webhook.kind) ? toolNames[webhook.kind] : 'Their server'} still answers ${words(answer)}.`}{' '}
          Send a test before you resend {count.toLocaleString('en')}?
        </p>
        <Button variant="default" size="xs" loading={retest.isPending} onClick={() => retest.mutate()}>
          Send test
        </Button>
      </div>
      {retest.isError ? <ProblemNote error={retest.error} /> : null}
    </>
  );
}

function pick({ reason, response_status }: Omit<Answer, 'at'>): Omit<Answer, 'at'> {
  return { reason, response_status };
}

function newest(...answers: (Answer | null)[]): Answer | null {
  return answers.filter((answer) => answer !== null).toSorted((a, b) => b.at.localeCompare(a.at))[0] ?? null;
}

function words({ response_status }: Answer): string {
  return response_status === null ? 'no answer' : statusName(response_status);
}
