import type { McpServer } from '@modelcontextprotocol/server';
import { z } from 'zod';
import type { Api } from './api.js';
import type { Page, TestResult, Webhook } from './answers.js';
import { answer, listText } from './tool.js';
import { answerWords, nameOf, reasonWords } from './words.js';

export function addWebhookTools(server: McpServer, api: Api): void {
  server.registerTool(
    'list_webhooks',
    {
      title: 'List webhooks',
      description: 'The webhooks of the agency: what each sends where, its health, and what has not arrived.',
      inputSchema: z.object({}),
      annotations: { readOnlyHint: true, openWorldHint: false },
    },
    () =>
      answer(async () => {
        const page = await api.get<Page<Webhook>>('/api/recruiter/webhooks', { limit: 100 });
        return listText(page.data.map(webhookLine), page.next_cursor, 'There are no webhooks.');
      }),
  );
  server.registerTool(
    'send_test',
    {
      title: 'Send a test',
      description:
        'Sends a signed sample with example data to a webhook now, and returns the answer of its server. ' +
        'At most 10 a minute for each webhook.',
      inputSchema: z.object({
        webhook_id: z.uuid(),
        event: z.string().optional().describe('An event type such as offer.sent; default: webhook.test'),
      }),
      annotations: { readOnlyHint: false, destructiveHint: false, idempotentHint: false, openWorldHint: true },
    },
    ({ webhook_id: id, event }) =>
      answer(async () => {
        const body = event === undefined ? {} : { event };
        const { attempt, ...test } = await api.post<TestResult>(`/api/recruiter/webhooks/${id}/test`, body);
        const answered = answerWords(attempt.response_status, attempt.duration_ms);
        const lines = [
          `Test of ${test.event}: ${test.status}. They answered ${answered}.`,
          ...(test.status === 'delivered' ? [] : [await reasonWords(api, attempt.reason)]),
          ...(attempt.detail ? [`Detail: ${attempt.detail}`] : []),
          `Delivery ${test.delivery_id}`,
        ];
        return lines.join('\n');
      }),
  );
}

function webhookLine(webhook: Webhook): string {
  const { count, capped, since } = webhook.not_delivered;
  const missing = count === 0 ? '' : `; not delivered: ${count}${capped ? ' or more' : ''} since ${since ?? 'unknown'}`;
  const off = webhook.is_active ? '' : `; off: ${webhook.off_reason ?? 'unknown'}`;
  const until = webhook.paused_until ?? webhook.held_until;
  const held = until === null ? '' : `; nothing is sent until ${until}`;
  const day = `24 hours: ${webhook.last_24h.delivered} delivered, ${webhook.last_24h.failed} failed`;
  return (
    `${nameOf(webhook)} (${webhook.id}), ${webhook.kind} at ${webhook.url ?? 'its recipients'}, ` +
    `gets ${webhook.events.join(' ')}; ${webhook.health}; ${day}${off}${held}${missing}`
  );
}
