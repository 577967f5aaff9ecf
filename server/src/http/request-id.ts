import type { IncomingMessage } from 'node:http';
import { uuidv7 } from '../lib/ids.js';

export const REQUEST_ID_HEADER = 'x-request-id';

/** Request ids go into logs and responses: no spaces, quotes or line breaks. */
const ACCEPTABLE = /^[A-Za-z0-9._:-]{1,128}$/;

/** The caller's request id if it is acceptable, else a new UUIDv7. */
export function requestId(request: Pick<IncomingMessage, 'headers'>): string {
  const given = request.headers[REQUEST_ID_HEADER];
  return typeof given === 'string' && ACCEPTABLE.test(given) ? given : uuidv7();
}
