import type { Webhook } from '../api/types';

/** The display name of a webhook: its description, else its host, which one that sends mails lacks. */
export function webhookName(webhook: { url: string | null; description: string | null }): string {
  return webhook.description?.trim() || (webhook.url === null ? 'Email' : hostOf(webhook.url));
}

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : url;
}

/** "hooks.example/bpoc", the address without its scheme, or "ann@agency.example and 2 more", as a subtitle. */
export function shortAddress({ url, recipients }: Pick<Webhook, 'url' | 'recipients'>): string {
  if (url === null) return recipientWords(recipients?.map(({ email }) => email) ?? []);
  return url.replace(/^https?:\/\//, '').replace(/\/$/, '');
}

function recipientWords([first, ...others]: string[]): string {
  if (first === undefined) return 'no recipient';
  return others.length === 0 ? first : `${first} and ${others.length} more`;
}
