import { useQuery } from '@tanstack/react-query';
import { problemsQuery } from '../../api/problems';
import type { Webhook, WebhookProblem } from '../../api/types';
import { developerReport } from '../../lib/developer-report';
import { isTool } from '../../lib/failure-sentence';
import { CopyButton } from '../../ui/copy-button';

/** The report on a webhook's problem; undefined while it loads or if there is none. */
export function useProblem(webhookId: string): WebhookProblem | undefined {
  return useQuery(problemsQuery).data?.find(({ id }) => id === webhookId);
}

export interface CopyReportProps {
  webhook: Webhook;
  problem: WebhookProblem | undefined;
  'aria-label'?: string;
}

/**
 * Always available while a webhook fails; until the answer is loaded, the text lacks it. Not for tools, which have no
 * developer to read it.
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
