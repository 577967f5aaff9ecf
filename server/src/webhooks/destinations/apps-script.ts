import type { ToolAnswer, ToolVerdict } from './verdict.js';

/*
 * What the script of a Google sheet says. Google gives its status 200 whatever it says, and for an exception a page of
 * HTML in the language of the script's owner (https://developers.google.com/apps-script/guides/web).
 */

const WRONG_KEY: ToolVerdict = { reason: 'wrong_key', after: 'retry' };
const FAILED: ToolVerdict = { reason: 'script_error', after: 'retry' };

/**
 * Ours says `{"ok":true}` or `{"ok":false,"error":"…"}`, before that it said `ok` or `wrong key`. Whatever another one
 * says, it ran to its end.
 */
export function judgeOutput({ headers, body }: Omit<ToolAnswer, 'status'>): ToolVerdict | 'delivered' {
  const text = body.trim();
  if (/^text\/html\b/i.test(headers['content-type'] ?? '') || /^<(?:!doctype|html)\b/i.test(text))
    return judgePage(text);
  if (text === 'wrong key') return WRONG_KEY;
  const { ok, error } = objectIn(text);
  if (ok !== false && !error) return 'delivered';
  return error === 'wrong_key' ? WRONG_KEY : FAILED;
}

/** A script that returns nothing gets a page too; one that makes pages runs them in a frame. */
const RAN = /script completed but did not return anything|goog\.script\.init/;

const judgePage = (page: string): ToolVerdict | 'delivered' => (RAN.test(page) ? 'delivered' : FAILED);

function objectIn(text: string): { ok?: unknown; error?: unknown } {
  if (!text.startsWith('{')) return {};
  try {
    return JSON.parse(text) as object;
  } catch {
    return {};
  }
}
