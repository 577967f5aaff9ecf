import { type Api, Refused } from './api.js';
import type { Subject, Webhook } from './answers.js';

/* The wording of the tools. Names of people are left out; an assistant that needs them asks for the message. */

export const nameOf = (webhook: Pick<Webhook, 'description' | 'url'>): string =>
  webhook.description || (webhook.url ?? 'email');

export const subjectOf = (subject: Subject | null): string => (subject ? `${subject.kind} ${subject.id}` : '');

/** `503 after 120 ms`, or that there was no answer. */
export function answerWords(status: number | null, ms: number | null): string {
  return `${status ?? 'no answer'}${ms === null ? '' : ` after ${ms} ms`}`;
}

/**
 * What a reason means and what to do, taken from the server's own Guide so that both agree: the section that contains
 * the reason. Only the reason itself if the server has no Guide.
 */
export async function reasonWords(api: Api, reason: string): Promise<string> {
  const page = await api.guide('problems').catch((error: unknown) => {
    if (error instanceof Refused) return '';
    throw error;
  });
  const entry = page.split(/^#+ /m).find((section) => section.includes(`\`${reason}\``));
  return entry ? entry.trim().replaceAll(/\n{2,}/g, '\n') : reason;
}
