import type { McpServer } from '@modelcontextprotocol/server';
import { z } from 'zod';
import type { Api } from './api.js';
import type { Plan, Recovery } from './answers.js';
import { confirmed, answer } from './tool.js';

export function addResendTools(server: McpServer, api: Api): void {
  server.registerTool(
    'plan_resend',
    {
      title: 'Plan a resend',
      description:
        'First step of resending failed and skipped deliveries: finds and counts them. Sends nothing. ' +
        'Show the person the count before run_resend.',
      inputSchema: z.object({
        delivery_ids: z.array(z.uuid()).max(1000).optional(),
        webhook_id: z.uuid().optional(),
        status: z.array(z.enum(['failed', 'skipped'])).optional(),
        event: z.string().optional().describe('An event type such as offer.sent, or a group such as application.*'),
        reason: z.string().optional().describe('Such as timeout, down, not_allowed'),
        from: z.string().optional().describe('Created at or after: 2026-01-22T10:30:00Z'),
        to: z.string().optional().describe('Created before'),
      }),
      annotations: { readOnlyHint: false, destructiveHint: false, openWorldHint: false },
    },
    (filter) =>
      answer(async () => {
        const plan = await api.post<Plan>('/api/recruiter/recoveries', { filter, dry_run: true });
        if (plan.count === 0) return 'Nothing would be sent: no failed or skipped delivery matches.';
        const left = Object.entries(plan.left_out).filter(([, count]) => count > 0);
        const more = left.map(([why, count]) => `${count} ${why.replaceAll('_', ' ')}`).join(', ');
        return [
          `plan_id ${plan.plan_id}, count ${plan.count}: this many deliveries would be resent,`,
          `oldest first, ${plan.per_second} a second.${more ? ` Left out: ${more}.` : ''}`,
          'The server may get some twice, with the same webhook-id. Nothing has been sent yet.',
        ].join(' ');
      }),
  );
  server.registerTool(
    'run_resend',
    {
      title: 'Run a resend',
      description:
        'Second step: resends exactly the deliveries of a plan. Takes plan_id and count of plan_resend, so that ' +
        'exactly what was shown is sent. It asks the person first if the client can.',
      inputSchema: z.object({ plan_id: z.uuid(), count: z.int().min(1) }),
      annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: true, openWorldHint: true },
    },
    ({ plan_id: id, count }) =>
      answer(async () => {
        const planned = await api.get<Recovery>(`/api/recruiter/recoveries/${id}`);
        if (planned.count !== count) return `Not sent: the count of the plan is ${planned.count}, not ${count}.`;
        const question = `Send ${count} ${count === 1 ? 'delivery' : 'deliveries'} again?`;
        if (!(await confirmed(server, question, 'Send them again'))) return 'Not sent: the person did not agree.';
        const run = await api.post<Recovery>('/api/recruiter/recoveries', { plan_id: id });
        return `Resending: ${run.count} (${run.status}). search_deliveries shows the results.`;
      }),
  );
}
