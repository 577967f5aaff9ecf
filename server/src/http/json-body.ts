import { isUtf8 } from 'node:buffer';
import { errorCodes, type FastifyInstance, type FastifyRequest } from 'fastify';
import { AppError } from '../lib/app-error.js';
import { bodyBoundsOf, checkJson, type JsonShape } from './body-check.js';

/** These routes need no cookie: their URL is the secret. RFC 8058 allows both types of form. */
const FORM_ROUTES = '/mail/';
const FORMS = ['application/x-www-form-urlencoded', 'multipart/form-data'];

const UTF8_NAMES = /^utf-?8$/i;

/** Accepts only JSON in UTF-8, because another site can send forms and text/plain without a CORS preflight. */
export function acceptJsonOnly(fastify: FastifyInstance): void {
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body: Buffer, done) => {
    let parsed: unknown;
    try {
      // Many clients send the header even without a body. Validation then reports the missing fields.
      if (body.length > 0) parsed = parse(request, body);
    } catch (refusal) {
      done(refusal as Error);
      return;
    }
    done(null, parsed);
  });
  // Confirmation buttons, and one-click unsubscribe of mail programs. The content of the form is ignored.
  fastify.addContentTypeParser(FORMS, { parseAs: 'buffer' }, ({ routeOptions, headers }, _body, done) => {
    const takesForms = routeOptions.url?.startsWith(FORM_ROUTES) ?? false;
    done(takesForms ? null : new errorCodes.FST_ERR_CTP_INVALID_MEDIA_TYPE(headers['content-type'] ?? ''), undefined);
  });
  fastify.addHook('onRoute', (route) => {
    route.bodyLimit = bodyBoundsOf(route.url).bytes;
  });
}

function parse({ headers, routeOptions }: FastifyRequest, body: Buffer): unknown {
  refuseOtherEncodings(headers);
  const { shape } = bodyBoundsOf(routeOptions.url);
  if (shape !== null) return parseJson(body, shape);
  refuseOtherBytes(body);
  return body.toString();
}

/** Throws AppError invalid_json, or validation_failed if the text exceeds `shape`. */
export function parseJson(text: Buffer, shape: JsonShape): unknown {
  refuseOtherBytes(text);
  checkJson(text, shape);
  try {
    // A byte order mark may be ignored (RFC 8259 §8.1).
    return JSON.parse(text.toString().replace(/^\uFEFF/, '')) as unknown;
  } catch (cause) {
    throw new AppError('invalid_json', 'The body is not valid JSON.', { cause });
  }
}

/** RFC 8259 §8.1. Decoding would replace invalid bytes with U+FFFD, which would then be delivered. */
function refuseOtherBytes(body: Buffer): void {
  if (!isUtf8(body)) throw new AppError('invalid_json', 'The body must be UTF-8, and has bytes that are not.');
}

/** Throws AppError unsupported_media_type if the headers declare compression or a charset other than UTF-8. */
function refuseOtherEncodings(headers: FastifyRequest['headers']): void {
  const { 'content-encoding': encoding = 'identity', 'content-type': type = '' } = headers;
  if (encoding.toLowerCase() !== 'identity') {
    const message = `The body must be sent as it is, without content-encoding: ${encoding}.`;
    throw new AppError('unsupported_media_type', message);
  }
  const charset = /;\s*charset\s*=\s*"?([^";\s]*)/i.exec(type)?.[1];
  if (charset !== undefined && !UTF8_NAMES.test(charset)) {
    throw new AppError('unsupported_media_type', `The body must be UTF-8, not ${charset}.`);
  }
}
