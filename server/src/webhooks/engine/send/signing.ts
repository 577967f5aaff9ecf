import { createHmac, createSecretKey, type KeyObject } from 'node:crypto';

/* Both signature schemes. Pure: the timestamp is passed in. */

/** The two keys derived from one secret. */
export interface SigningKeys {
  /** The whole secret string as UTF-8: `x-webhook-signature`, as the documented samples use it. */
  whole: KeyObject;
  /** The base64 after `whsec_`, decoded: Standard Webhooks (https://www.standardwebhooks.com). */
  decoded: KeyObject;
}

export function signingKeys(secret: string): SigningKeys {
  return {
    whole: createSecretKey(Buffer.from(secret)),
    decoded: createSecretKey(Buffer.from(secret.replace(/^whsec_/, ''), 'base64')),
  };
}

/** `sha256=<hex HMAC-SHA256(secret, body)>` */
export function simpleSignature(keys: SigningKeys, body: string): string {
  return `sha256=${createHmac('sha256', keys.whole).update(body).digest('hex')}`;
}

interface StandardMessage {
  /** `webhook-id` */
  id: string;
  /** `webhook-timestamp`, Unix seconds. */
  timestamp: number;
  body: string;
}

/** `v1,<base64 HMAC-SHA256(decoded secret, "<id>.<timestamp>.<body>")>` */
export function standardSignature(keys: SigningKeys, { id, timestamp, body }: StandardMessage): string {
  return `v1,${createHmac('sha256', keys.decoded).update(`${id}.${timestamp}.`).update(body).digest('base64')}`;
}
