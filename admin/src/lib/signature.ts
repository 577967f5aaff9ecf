/**
 * Both signature schemes, checked in the browser, so that nothing pasted leaves the page. WebCrypto exists only on
 * https and localhost; `canCheck` says whether it is available.
 */

/** The clock difference that receivers' libraries allow. */
const CLOCK_TOLERANCE_S = 300;

const SECRET_FORM = /^whsec_[A-Za-z0-9+/]+={0,2}$/;

type SignatureHeader = 'webhook-signature' | 'x-webhook-signature';

export type Verdict =
  | { kind: 'valid'; fits: SignatureHeader[] }
  /** The signature matches, but the message is older (or, below 0, newer) than receivers allow. */
  | { kind: 'clock'; fits: SignatureHeader[]; ageSeconds: number }
  | { kind: 'headers_missing'; names: string[] }
  /** Copied from the delivery log, which does not keep the digits of signatures. */
  | { kind: 'headers_cut' }
  | { kind: 'not_a_secret' }
  | { kind: 'body_changed' }
  /** Only the body's signature matches: the id or the timestamp is not the one that was sent. */
  | { kind: 'id_or_timestamp_changed' }
  /** Nothing matches. `bodyLooksUntouched`: the body has our formatting, so the secret is the likelier cause. */
  | { kind: 'nothing_fits'; bodyLooksUntouched: boolean };

export interface SignedMessage {
  id: string;
  timestamp: string;
  body: string;
}

export interface Signatures {
  /** `sha256=<hex>`: `x-webhook-signature`. */
  simple: string;
  /** `v1,<base64>`: one entry of `webhook-signature`. */
  standard: string;
}

export function canCheck(): boolean {
  return typeof globalThis.crypto !== 'undefined' && 'subtle' in globalThis.crypto;
}

/** The secret without what copying may add: spaces, quotes, the name of a variable in a .env file. */
export function cleanSecret(pasted: string): string {
  return pasted
    .trim()
    .replace(/^(?:export\s+)?\w+=(?=['"]?whsec_)/, '')
    .replace(/^(['"])(.*)\1$/, '$2');
}

export function isSecret(secret: string): boolean {
  return SECRET_FORM.test(secret);
}

/** The exact text that `webhook-signature` signs. */
export function signedString(id: string, timestamp: string, body: string): string {
  return `${id}.${timestamp}.${body}`;
}

/** Throws if the secret is not valid (`isSecret`). */
export async function sign(secret: string, message: SignedMessage): Promise<Signatures> {
  const decoded = Uint8Array.from(atob(secret.slice('whsec_'.length)), (char) => char.charCodeAt(0));
  const [simple, standard] = await Promise.all([
    hmac(new TextEncoder().encode(secret), message.body),
    hmac(decoded, signedString(message.id, message.timestamp, message.body)),
  ]);
  const hex = Array.from(simple, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return { simple: `sha256=${hex}`, standard: `v1,${btoa(String.fromCharCode(...standard))}` };
}

async function hmac(keyBytes: Uint8Array<ArrayBuffer>, text: string): Promise<Uint8Array> {
  const algorithm = { name: 'HMAC', hash: 'SHA-256' };
  const key = await crypto.subtle.importKey('raw', keyBytes, algorithm, false, ['sign']);
  return new Uint8Array(await crypto.subtle.sign('HMAC', key, new TextEncoder().encode(text)));
}

/** Reads pasted headers: `name: value` lines as tools print them (also with `>` or `-H` in front), or a JSON object. */
export function readHeaders(pasted: string): Map<string, string> {
  const text = pasted.trim();
  if (text.startsWith('{')) {
    try {
      const entries = Object.entries(JSON.parse(text) as Record<string, unknown>);
      return new Map(entries.map(([name, value]) => [name.toLowerCase(), String(value)]));
    } catch {
      // Not JSON: its lines may still be headers.
    }
  }
  const headers = new Map<string, string>();
  for (const line of text.split('\n')) {
    const found = /^[\s<>]*(?:-H\s+)?['"]?([\w-]+)['"]?\s*:\s*['"]?(.*?)['"]?[\s,\\]*$/.exec(line);
    if (found?.[1] && found[2]) headers.set(found[1].toLowerCase(), found[2]);
  }
  return headers;
}

interface PastedMessage {
  headers: string;
  body: string;
  secret: string;
}

/** Finds what is wrong with a received message, as far as possible from outside. */
export async function checkMessage(pasted: PastedMessage, nowMs = Date.now()): Promise<Verdict> {
  const headers = readHeaders(pasted.headers);
  const names = missingHeaders(headers);
  if (names.length > 0) return { kind: 'headers_missing', names };
  if ([...headers].some(([name, value]) => name.endsWith('webhook-signature') && value.includes('…'))) {
    return { kind: 'headers_cut' };
  }
  const secret = cleanSecret(pasted.secret);
  if (!isSecret(secret)) return { kind: 'not_a_secret' };
  const fits = await fitting(secret, headers, pasted.body);
  if (fits.length > 0) return fittingVerdict(fits, headers, nowMs);
  for (const body of likelyOriginals(pasted.body)) {
    if ((await fitting(secret, headers, body)).length > 0) return { kind: 'body_changed' };
  }
  return { kind: 'nothing_fits', bodyLooksUntouched: compactJson(pasted.body) === pasted.body };
}

function fittingVerdict(fits: SignatureHeader[], headers: Map<string, string>, nowMs: number): Verdict {
  if (headers.has('webhook-signature') && !fits.includes('webhook-signature')) {
    return { kind: 'id_or_timestamp_changed' };
  }
  const timestamp = Number(headers.get('webhook-timestamp') ?? Number.NaN);
  const ageSeconds = Math.round(nowMs / 1000 - timestamp);
  return Math.abs(ageSeconds) > CLOCK_TOLERANCE_S ? { kind: 'clock', fits, ageSeconds } : { kind: 'valid', fits };
}

/** One signature is enough; the standard one also needs its id and timestamp. */
function missingHeaders(headers: Map<string, string>): string[] {
  if (!headers.has('webhook-signature')) {
    return headers.has('x-webhook-signature') ? [] : ['webhook-signature', 'x-webhook-signature'];
  }
  return ['webhook-id', 'webhook-timestamp'].filter((name) => !headers.has(name));
}

async function fitting(secret: string, headers: Map<string, string>, body: string): Promise<SignatureHeader[]> {
  const id = headers.get('webhook-id') ?? '';
  const timestamp = headers.get('webhook-timestamp') ?? '';
  const expected = await sign(secret, { id, timestamp, body });
  const fits: SignatureHeader[] = [];
  // During a rotation it contains a signature made with each secret.
  if (headers.get('webhook-signature')?.split(/\s+/).includes(expected.standard)) fits.push('webhook-signature');
  if (headers.get('x-webhook-signature') === expected.simple) fits.push('x-webhook-signature');
  return fits;
}

/** What the body may have been before a tool or an editor touched it. */
function likelyOriginals(body: string): string[] {
  const candidates = [compactJson(body), body.trim(), body.replaceAll('\r\n', '\n'), body.replace(/\n$/, '')];
  return [...new Set(candidates)].filter((candidate) => candidate !== null && candidate !== body) as string[];
}

/** JSON in our formatting; null if it is not JSON. */
function compactJson(text: string): string | null {
  try {
    return JSON.stringify(JSON.parse(text));
  } catch {
    return null;
  }
}
