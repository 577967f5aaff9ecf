import type { McpServer } from '@modelcontextprotocol/server';
import { z } from 'zod';
import type { Api } from './api.js';
import type { Content, Delivery, DeliveryDetail, Event, Page } from './answers.js';
import { confirmed, answer, untrusted, listText } from './tool.js';
import { answerWords, nameOf, reasonWords, subjectOf } from './words.js';

const READS = { readOnlyHint: true, openWorldHint: false } as const;
const STATES = ['waiting', 'retrying', 'delivered', 'failed', 'skipped', 'cancelled'] as const;

const time = (what: string) => z.string().optional().describe(`${what}, RFC 3339 or a day: 2026-01-22T10:30:00Z`);

/** The filters for events and deliveries. */
const SEARCH = {
  event: z.string().optional().describe('An event type such as offer.sent, or a group such as application.*'),
  reference: z.string().optional().describe('Id of a record that the event is about: candidate, application, job …'),
  q: z.string().optional().describe('An id or words; names of candidates only if the key can see them'),
  from: time('At or after'),
  to: time('Before'),
  limit: z.int().min(1).max(100).default(20),
  cursor: z.string().optional().describe('From the previous answer'),
};

export function addDeliveryTools(server: McpServer, api: Api): void {
  server.registerTool(
    'search_deliveries',
    {
      title: 'Search deliveries',
      description: 'Deliveries, newest first: which event went to which webhook, with what result. No names.',
      inputSchema: z.object({
        ...SEARCH,
        status: z.array(z.enum(STATES)).optional(),
        webhook_id: z.uuid().optional(),
        reason: z.string().optional().describe('Such as timeout, down, not_allowed'),
        response: z.string().optional().describe('The last answer: 5xx, 404, or none'),
        test: z.enum(['false', 'true', 'any']).optional(),
      }),
      annotations: READS,
    },
    (asked) =>
      answer(async () => {
        const page = await api.get<Page<Delivery>>('/api/recruiter/deliveries', asked);
        return listText(page.data.map(deliveryLine), page.next_cursor, 'No delivery matches.');
      }),
  );
  server.registerTool(
    'search_events',
    {
      title: 'Search events',
      description: 'Events of the agency, newest first, even if no webhook got them. No names.',
      inputSchema: z.object(SEARCH),
      annotations: READS,
    },
    (asked) =>
      answer(async () => {
        const page = await api.get<Page<Event>>('/api/recruiter/events', asked);
        return listText(page.data.map(eventLine), page.next_cursor, 'No event matches.');
      }),
  );
  server.registerTool(
    'explain_delivery',
    {
      title: 'Explain a delivery',
      description:
        'What happened to a delivery and why, in plain words: the verdict, the answer of the server, every try, and ' +
        'what to do next. Without personal data.',
      inputSchema: z.object({ delivery_id: z.uuid() }),
      annotations: READS,
    },
    ({ delivery_id: id }) => answer(() => explained(api, id)),
  );
  server.registerTool(
    'read_message',
    {
      title: 'Read a message',
      description:
        'The message of a delivery and the full answers of the server: personal data of candidates. Needs a key ' +
        'of the role member; each use is in the audit log. Use it only when the person asks for it; it asks them ' +
        'first if the client can.',
      inputSchema: z.object({ delivery_id: z.uuid() }),
      // It is audited, and the person decides whether the assistant gets the message.
      annotations: { readOnlyHint: false, destructiveHint: false, openWorldHint: false },
    },
    ({ delivery_id: id }) =>
      answer(async () => {
        const question = 'Show the message to the assistant? It contains personal data of candidates.';
        if (!(await confirmed(server, question, 'Show it'))) return 'Not read: the person did not agree.';
        return contentOf(api, id);
      }),
  );
}

function deliveryLine(delivery: Delivery): string {
  const why = delivery.reason ? `, ${delivery.reason}` : '';
  const answered = delivery.response_status === null ? '' : `, answered ${delivery.response_status}`;
  const next = delivery.next_attempt_at ? `, next try ${delivery.next_attempt_at}` : '';
  return (
    `${delivery.created_at} ${delivery.event} ${subjectOf(delivery.subject)} to ${nameOf(delivery.webhook)}: ` +
    `${delivery.status}${why}${answered}, ${delivery.attempts} tries${next} (${delivery.id})`
  );
}

function eventLine(event: Event): string {
  const counts = Object.entries(event.deliveries).filter(([, count]) => count > 0);
  const sent = counts.map(([state, count]) => `${count} ${state}`).join(', ') || 'no webhook got it';
  return `${event.occurred_at} ${event.type} ${subjectOf(event.subject)}: ${sent} (${event.id})`;
}

async function explained(api: Api, id: string): Promise<string> {
  const delivery = await api.get<DeliveryDetail>(`/api/recruiter/deliveries/${id}`);
  const tries = delivery.timeline.map(
    ({ n, started_at: at, reason, response_status: status, duration_ms: ms, detail }) =>
      `${n}. ${at} ${reason}, ${answerWords(status, ms)}${detail ? ` (${detail})` : ''}`,
  );
  const parts = [
    `${delivery.event} ${subjectOf(delivery.subject)} to ${nameOf(delivery.webhook)}: ${delivery.status}.`,
    ...(delivery.reason && delivery.status !== 'delivered' ? [await reasonWords(api, delivery.reason)] : []),
    nextStep(delivery),
    `Tries (${delivery.attempts} of ${delivery.max_attempts}):\n${tries.join('\n') || 'none yet'}`,
    ...delivery.answers.map(({ n, text }) => `Answer to try ${n}, without personal data:\n${untrusted(text)}`),
    ...delivery.resends.map(({ at, by }) => `Resent ${at} by ${by}`),
  ];
  return parts.join('\n\n');
}

function nextStep({ status, webhook, next_attempt_at: next, waits }: DeliveryDetail): string {
  if (waits) return `Next: it waits for its ${waits.for.replace('_', ' ')}, until ${waits.until}.`;
  if (next) return `Next: an automatic retry at ${next}.`;
  if (status === 'failed' || status === 'skipped') {
    const on = webhook.is_active ? '' : ' The webhook is off: it must be turned on in the app first.';
    return `Next: nothing happens automatically. Once the cause is fixed, plan a resend of this delivery.${on}`;
  }
  return 'Next: nothing to do.';
}

async function contentOf(api: Api, id: string): Promise<string> {
  const { body, attempts } = await api.get<Content>(`/api/recruiter/deliveries/${id}/content`);
  const answers = attempts.map(
    ({ n, response_body: text }) => `Their answer to try ${n}: ${text ? untrusted(text) : 'none'}`,
  );
  return [`The message: ${body ? untrusted(body) : 'erased'}`, ...answers].join('\n');
}
