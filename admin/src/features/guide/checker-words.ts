import { assertNever } from '../../lib/assert-never';
import { duration } from '../../lib/time';
import type { Verdict } from '../../lib/signature';

export interface CheckerWords {
  good: boolean;
  title: string;
  help: string;
}

/** The checker's verdict: the problem, and what to do about it. */
export function checkerWords(verdict: Verdict): CheckerWords {
  switch (verdict.kind) {
    case 'valid':
      return { good: true, title: 'The signature is valid.', help: `It matches ${verdict.fits.join(' and ')}.` };
    case 'clock':
      return clockWords(verdict.ageSeconds);
    case 'headers_missing':
      return missingWords(verdict.names);
    case 'headers_cut':
      return bad('The signature is cut off.', 'Our log keeps only its end. Paste the headers as your server got them.');
    case 'not_a_secret':
      return bad('This is not one of our secrets.', 'They start with whsec_. Paste all of it, including that.');
    case 'body_changed':
      return bad(
        'The body was changed.',
        'The JSON was formatted again, or a line break was added. Check the raw bytes, before any parser reads them.',
      );
    case 'id_or_timestamp_changed':
      return bad(
        'The id or the time was changed.',
        'The body is fine. Use webhook-id and webhook-timestamp just as they came.',
      );
    case 'nothing_fits':
      return nothingFits(verdict.bodyLooksUntouched);
    default:
      return assertNever(verdict);
  }
}

function bad(title: string, help: string): CheckerWords {
  return { good: false, title, help };
}

function clockWords(ageSeconds: number): CheckerWords {
  const by = span(Math.abs(ageSeconds));
  return ageSeconds > 0
    ? bad(
        `The signature fits, but the message is ${by} old.`,
        `Did it just arrive? Then the clock is off by ${by}. Most libraries refuse more than 5 minutes.`,
      )
    : bad(
        `The signature fits, but the message is from ${by} ahead.`,
        `The clock of this computer is off by ${by}. Most libraries refuse more than 5 minutes.`,
      );
}

function missingWords(names: string[]): CheckerWords {
  const both = names.includes('x-webhook-signature');
  return both
    ? bad('There is no signature.', 'Paste webhook-signature or x-webhook-signature. Does a proxy drop them?')
    : bad(`A header is missing: ${names.join(', ')}.`, 'webhook-signature signs these too. Does a proxy drop them?');
}

function nothingFits(bodyLooksUntouched: boolean): CheckerWords {
  return bodyLooksUntouched
    ? bad(
        'Wrong secret.',
        'The body looks the way we write it. Compare the end of your secret with the one in Settings.',
      )
    : bad('Wrong secret, or the body was changed.', 'Paste the raw body first. Then compare the end of your secret.');
}

function span(seconds: number): string {
  if (seconds < 120) return duration(seconds * 1000);
  if (seconds < 7_200) return `${Math.round(seconds / 60)} min`;
  return seconds < 172_800 ? `${Math.round(seconds / 3_600)} h` : `${Math.round(seconds / 86_400)} days`;
}
