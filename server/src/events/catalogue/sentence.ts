import { plainText, ZERO_WIDTH_SPACE } from '../../lib/text.js';

/*
 * What happened, in the words of the business: one source for chat messages, mails and sheets. Sentences are pieces
 * of literal text, never markup: each destination escapes them for itself.
 */

/** `strong`: a name or a state, which readers look for first. */
export interface Piece {
  text: string;
  strong: boolean;
}

export type Sentence = readonly Piece[];

/** How candidates are named: "Maria Santos", "M. S." or by the number of their application. */
export const NAME_STYLES = ['full', 'initials', 'none'] as const;
export type NameStyle = (typeof NAME_STYLES)[number];

/** What sentences are made of. */
export interface Facts {
  /** The candidate, or the record that the event is about. */
  who: Piece;
  /** Whether `who` is the candidate: a record does not apply, accept or get hired. */
  isNamed: boolean;
  /** ` · <title of the job>` for the end of a sentence, or nothing if the event does not tell. */
  ofJob: (Piece | string)[];
  /** The title of the job, or "a job". */
  job: Piece;
  /** A field's text in the middle of a sentence: `client_round_1` reads "client round 1". */
  words: (field: string) => string;
  /** A moment or a day, in UTC. */
  time: (field: string) => string;
  has: (field: string) => boolean;
}

const MOMENT = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'short', timeZone: 'UTC' });
/** `22 Jan 2026, 10:30 UTC`: the time zone of the reader is unknown. `time` is RFC 3339. */
export const momentOf = (time: string): string => `${MOMENT.format(new Date(time))} UTC`;
const DAY = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeZone: 'UTC' });

const initialsOf = (name: string) =>
  name
    .split(' ')
    .map((part) => /[\p{L}\p{N}]/u.exec(part)?.[0])
    .filter((letter) => letter !== undefined)
    .map((letter) => `${letter.toUpperCase()}.`)
    .slice(0, 4)
    .join(' ');

const strong = (text: string): Piece => ({ text, strong: true });

/** The facts of `data`. `subject`: the kind and id of the record, the name of a candidate without one. */
export function factsOf(
  data: Readonly<Record<string, unknown>>,
  { names, subject }: { names: NameStyle; subject: { kind: string; id: string } },
): Facts {
  const text = (field: string) => (typeof data[field] === 'string' ? plainText(data[field]) : '');
  const name = text('candidateName');
  const shown = { full: name, initials: initialsOf(name), none: '' }[names];
  const title = text('jobTitle');
  const numbered = `${subject.kind.charAt(0).toUpperCase()}${subject.kind.slice(1)} ${plainText(subject.id)}`;
  return {
    who: strong(shown || numbered),
    isNamed: shown !== '',
    job: title ? strong(title) : { text: 'a job', strong: false },
    ofJob: title ? [' · ', strong(title)] : [],
    words: (field) => text(field).replaceAll('_', ' '),
    time: (field) => {
      const value = text(field).replaceAll(ZERO_WIDTH_SPACE, '');
      // An event of an earlier catalogue may lack it.
      if (Number.isNaN(Date.parse(value))) return value;
      return value.includes('T') ? momentOf(value) : DAY.format(new Date(value));
    },
    has: (field) => text(field) !== '',
  };
}

export function sentenceFrom(parts: readonly (Piece | string)[]): Sentence {
  return parts.map((part) => (typeof part === 'string' ? { text: part, strong: false } : part));
}

export const plainSentence = (sentence: Sentence): string => sentence.map(({ text }) => text).join('');
