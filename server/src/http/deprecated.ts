import { applyDecorators, Header } from '@nestjs/common';
import { ApiOperation, DECORATORS } from '@nestjs/swagger';

/** The minimum between announcement and end that docs/stability.md promises. */
const NOTICE_MONTHS = 12;

interface Deprecation {
  /** The day of the announcement: `2027-01-31`. */
  since: string;
  /** The day on which the route ends, once that is decided. */
  sunset?: string;
  /** URL of the announcement, which names the replacement. */
  link: string;
}

/**
 * Marks a route that will end: its answers carry `Deprecation` (RFC 9745), `Link` and, once there is a date, `Sunset`
 * (RFC 8594), and the API description says `deprecated`. Answers that refuse access do not carry them.
 * @throws Error for a day that does not exist, or an end too soon after the announcement
 */
export function Deprecated({ since, sunset, link }: Deprecation): MethodDecorator {
  const announced = day(since);
  const headers = [Header('deprecation', `@${announced.getTime() / 1000}`)];
  headers.push(Header('link', `<${link}>; rel="deprecation"`));
  if (sunset !== undefined) {
    const end = day(sunset);
    announced.setUTCMonth(announced.getUTCMonth() + NOTICE_MONTHS);
    if (end < announced) throw new Error(`${sunset} is less than ${NOTICE_MONTHS} months after ${since}`);
    headers.push(Header('sunset', end.toUTCString()));
  }
  return applyDecorators(...headers, markDeprecated);
}

/** Keeps what `@ApiOperation` has set, whether it stands before or after. */
const markDeprecated = ((target, key, descriptor) => {
  const operation = Reflect.getMetadata(DECORATORS.API_OPERATION, descriptor.value as object) as object | undefined;
  ApiOperation({ ...operation, deprecated: true })(target, key, descriptor);
}) as MethodDecorator;

function day(text: string): Date {
  const date = new Date(`${text}T00:00:00Z`);
  if (Number.isNaN(date.getTime()) || !date.toISOString().startsWith(text)) throw new Error(`${text} is no day`);
  return date;
}
