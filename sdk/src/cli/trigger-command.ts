import { parseArgs } from 'node:util';
import { publishEvents } from '../publish.js';
import { Api, SERVER_HELP, SERVER_OPTIONS } from './api.js';
import { print } from './terminal.js';
import { UsageError } from './usage-error.js';

const HELP = `bpoc-webhooks trigger <event> [options]

Sends the example of an event type. With an API key, it is a test of one webhook. With BPOC_WEBHOOKS_TOKEN (a service
token with the scope publish), it is published as an event of the key's agency, to all subscribed webhooks.

  --set name=value       sets a field of data instead of the example's value; can be repeated
  --webhook <id>         the webhook to test; default: the newest that is on, a listener first
${SERVER_HELP}
  bpoc-webhooks trigger application.created --set candidateName='Maria Santos'
`;

const OPTIONS = {
  ...SERVER_OPTIONS,
  set: { type: 'string', multiple: true },
  webhook: { type: 'string' },
} as const;

interface Webhook {
  id: string;
  kind: string;
  url: string;
  is_active: boolean;
}

interface TestResult {
  delivery_id: string;
  status: string;
  attempt: { response_status: number | null; reason: string };
}

/** `trigger`. Rejects if the test fails. */
export async function triggerCommand(args: string[]): Promise<void> {
  const { values, positionals } = parseArgs({ args, options: OPTIONS, allowPositionals: true });
  if (values.help) return void process.stdout.write(HELP);
  const api = Api.of(values);
  const { data: types } = await api.get<{ data: { type: string; example: { data: object } }[] }>(
    '/api/recruiter/event-types',
  );
  const [name, ...more] = positionals;
  const type = types.find((one) => one.type === name);
  if (!type || more.length > 0)
    throw new UsageError(`trigger needs one event: webhook.test, ${types.map((one) => one.type).join(', ')}`);
  const data = Object.fromEntries((values.set ?? []).map(field));
  if (process.env['BPOC_WEBHOOKS_TOKEN']) return publish(api, type, data, values.json === true);
  const webhook = values.webhook ?? (await newestWebhook(api));
  const body = { event: type.type, ...(values.set && { data }) };
  const result = await api.post<TestResult>(`/api/recruiter/webhooks/${encodeURIComponent(webhook)}/test`, body);
  const { delivery_id, status, attempt } = result;
  if (values.json) print(JSON.stringify({ webhook_id: webhook, delivery_id, status, ...attemptOf(attempt) }));
  else print(`${status}: ${attempt.response_status ?? attempt.reason}, test ${delivery_id}`);
  if (status !== 'delivered') throw new Error('the test was not delivered');
}

const attemptOf = ({ response_status, reason }: TestResult['attempt']) => ({ response_status, reason });

async function publish(
  api: Api,
  { type, example }: { type: string; example: { data: object } },
  data: object,
  isJson: boolean,
): Promise<void> {
  const { agency } = await api.get<{ agency: { id: string } }>('/api/me');
  const event = { type, agencyId: agency.id, data: { ...example.data, ...data } };
  const [receipt] = await publishEvents([event as Parameters<typeof publishEvents>[0][number]]);
  const { id, deliveries } = receipt!;
  print(isJson ? JSON.stringify(receipt) : `published: event ${id}, ${deliveries} deliveries`);
}

/** Only durations are numbers. */
function field(text: string): [string, string | number] {
  const [, name, value] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
  if (name === undefined || value === undefined) throw new UsageError('--set takes name=value');
  return [name, name.endsWith('Seconds') && /^\d{1,9}$/.test(value) ? Number(value) : value];
}

async function newestWebhook(api: Api): Promise<string> {
  const { data } = await api.get<{ data: Webhook[] }>('/api/recruiter/webhooks');
  const on = data.filter(({ is_active }) => is_active);
  const chosen = on.find(({ kind }) => kind === 'listen') ?? on[0];
  if (!chosen) throw new Error('no webhook is on: add one, or run "bpoc-webhooks listen" in another terminal');
  return chosen.id;
}
