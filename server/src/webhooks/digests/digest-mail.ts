import { sentenceFrom } from '../../events/catalogue/sentence.js';
import { plainText } from '../../lib/text.js';
import { mailOf, type MailContent } from '../../outbound/mail-layout.js';
import type { DigestKind, Period } from './digest-periods.js';

/* The text of a digest. */

/** How many webhooks are named. */
const NAMED = 10;

export interface DigestFacts {
  agency: string;
  delivered: number;
  /** Failed within the period. */
  failed: number;
  /** Of all webhooks, now. */
  notDelivered: { count: number; capped: boolean };
  troubles: readonly DigestTrouble[];
}

/** A webhook that needs attention. */
export interface DigestTrouble {
  name: string;
  /** "paused". */
  state: string;
  /** The sentence about the last failure. */
  why: string | null;
  notDelivered: { count: number; capped: boolean };
}

export interface DigestLinks {
  webhooks: string;
  account: string;
}

export function digestMail(kind: DigestKind, period: Period, facts: DigestFacts, links: DigestLinks): MailContent {
  const { delivered, notDelivered, troubles } = facts;
  const agency = plainText(facts.agency);
  const missing = `${number(notDelivered)} not delivered`;
  const time = kind === 'weekly' ? 'last week' : 'yesterday';
  return mailOf({
    subject: `${agency} ${time}: ${delivered.toLocaleString('en')} delivered, ${missing}`,
    title: `Your webhooks ${time}`,
    paragraphs: [
      sentenceFrom([strong(agency), `, ${periodText(period)}: `, strong(counts(facts)), '.']),
      sentenceFrom([
        notDelivered.count === 0 ? 'Nothing waits to be delivered.' : `Not delivered yet: ${number(notDelivered)}.`,
      ]),
      sentenceFrom([attention(troubles.length)]),
    ],
    list: listOf(troubles),
    links: [{ text: 'See the webhooks', url: links.webhooks }],
    note: `You get this email ${kind === 'weekly' ? 'on Mondays' : 'every day'} as a member of ${agency}.`,
    noteLink: { text: 'Get it less or more often, or never', url: links.account },
  });
}

function attention(count: number): string {
  if (count === 0) return 'No webhook needs attention.';
  return `${count.toLocaleString('en')} ${count === 1 ? 'webhook needs' : 'webhooks need'} attention:`;
}

function listOf(troubles: readonly DigestTrouble[]) {
  const more = troubles.length - NAMED;
  return [
    ...troubles.slice(0, NAMED).map(({ name, state, why, notDelivered: { count, capped } }) => {
      const missing = count > 0 ? ` ${number({ count, capped })} not delivered.` : '';
      return sentenceFrom([strong(plainText(name)), ` is ${state}.${why === null ? '' : ` ${why}`}${missing}`]);
    }),
    ...(more > 0 ? [sentenceFrom([`And ${more} more.`])] : []),
  ];
}

const strong = (text: string) => ({ text, strong: true });

const number = ({ count, capped }: { count: number; capped: boolean }): string =>
  `${count.toLocaleString('en')}${capped ? '+' : ''}`;

function counts({ delivered, failed }: DigestFacts): string {
  const gaveUp = failed > 0 ? `, ${failed.toLocaleString('en')} failed` : '';
  return `${delivered.toLocaleString('en')} ${delivered === 1 ? 'delivery' : 'deliveries'} arrived${gaveUp}`;
}

const DAY = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', timeZone: 'UTC' });

/** "23 Nov to 30 Nov, 06:00 UTC". */
function periodText({ from, to }: Period): string {
  return `${DAY.format(from)} to ${DAY.format(to)}, 06:00 UTC`;
}
