import { useQuery } from '@tanstack/react-query';
import { problemsQuery } from '../../api/problems';
import type { Webhook, WebhookProblem } from '../../api/types';
import { developerReport } from '../../lib/developer-report';
import { isTool } from '../../lib/failure-sentence';
import { CopyButton } from '../../ui/copy-button';

/** What is known of the trouble of one webhook; undefined until it is, and when there is none. */
export function useProblem(webhookId: string): WebhookProblem | undefined {
  return useQuery(problemsQuery).data?.find(({ id }) => id === webhookId);
}

export interface CopyReportProps {
  webhook: Webhook;
  problem: WebhookProblem | undefined;
  'aria-label'?: string;
}

/**
 * Always there while a webhook fails: what it lacks until the answer is loaded, the text lacks too. A tool has no
 * developer who could read it.
 */
export function CopyReport({ webhook, problem, ...rest }: CopyReportProps) {
  if (isTool(webhook.kind)) return null;
  const answer = problem?.answer ?? null;
  const reason = answer?.reason ?? webhook.last_delivery?.reason ?? 'rejected';
  return (
    <CopyButton
      size="xs"
      label="Copy details for developer"
      text={() =>
        developerReport({
          url: webhook.url,
          link: `${globalThis.location.origin}/recruiter/api/webhooks/${webhook.id}`,
          reason,
          responseStatus: answer ? answer.response_status : (webhook.last_delivery?.response_status ?? null),
          answer: answer?.text ?? null,
          webhook,
        })
      }
      {...rest}
    />
  );
}
