import type { ToolAnswer, ToolVerdict } from './verdict.js';

/*
 * What the output of a Google sheet's script means. Google always answers with status 200; after an exception, with an
 * HTML page in the language of the script's owner (https://developers.google.com/apps-script/guides/web).
 */

const WRONG_KEY: ToolVerdict = { reason: 'wrong_key', after: 'retry' };
const FAILED: ToolVerdict = { reason: 'script_error', after: 'retry' };

/**
 * Our script outputs `{"ok":true}` or `{"ok":false,"error":"…"}`, its first version `ok` or `wrong key`. Any other
 * output is that of another script, which ran to its end.
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

/** Pages of scripts that return nothing, and of those that make pages, which run in a frame. */
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
