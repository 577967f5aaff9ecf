import { fieldWords } from '../copy-forms';

/**
 * What is wrong with a webhook's address as typed, or null. Checks only what no server accepts: whether a private
 * address or a test inbox is allowed is up to the server (a local demo allows both), which answers with a field error.
 */
export function addressProblem(typed: string): string | null {
  const text = typed.trim();
  if (text === '') return fieldWords.urlEmpty;
  if (!URL.canParse(text)) return fieldWords.urlBroken;
  const url = new URL(text);
  if (url.username !== '' || url.password !== '') return fieldWords.urlLogin;
  if (url.protocol === 'https:') return null;
  if (url.protocol !== 'http:') return fieldWords.urlBroken;
  return isLocalName(url.hostname) || url.origin === globalThis.location.origin ? null : fieldWords.urlNotSecure;
}

/** Whether a typed address is on another server than the current one, to which custom headers are not sent. */
export function isOtherServer(present: string, typed: string): boolean {
  return URL.canParse(typed.trim()) && new URL(typed.trim()).origin !== new URL(present).origin;
}

/** Hosts that can only be this machine or a private network, where plain http may be allowed. */
function isLocalName(hostname: string): boolean {
  return (
    hostname === 'localhost' ||
    hostname.endsWith('.localhost') ||
    hostname === '[::1]' ||
    /^(127|10)\.|^192\.168\.|^172\.(1[6-9]|2\d|3[01])\./.test(hostname)
  );
}

/** A hint for addresses of well-known services, or null. */
export function addressTip(typed: string): string | null {
  const text = typed.trim();
  if (!URL.canParse(text)) return null;
  const host = new URL(text).hostname;
  return TIPS.find(([pattern]) => pattern.test(host))?.[1] ?? null;
}

const TIPS: readonly [RegExp, string][] = [
  [/(^|\.)zapier\.com$/, 'Zapier: use the address of a “Webhooks by Zapier” Catch Hook step.'],
  [
    /(^|\.)make\.com$/,
    'Make: use the address of a “Custom webhook” module, and press “Determine data structure” before the test.',
  ],
  [/(^|\.)n8n\.cloud$/, 'n8n: use the Production URL of the Webhook node, and set its method to POST.'],
];
