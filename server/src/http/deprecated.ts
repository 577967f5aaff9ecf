import { applyDecorators, Header } from '@nestjs/common';
import { ApiOperation, DECORATORS } from '@nestjs/swagger';

/** docs/stability.md: this long after the announcement, at least. */
const NOTICE_MONTHS = 12;

interface Ending {
  /** The day it was announced: `2027-01-31`. */
  since: string;
  /** The day of its end, once that is set. */
  sunset?: string;
  /** URL of the entry that says what takes its place. */
  link: string;
}

/**
 * A route that will end: its answers carry `Deprecation` (RFC 9745), `Link` and, with a date, `Sunset` (RFC 8594), and
 * the API description says `deprecated`. A call that is refused for its access does not get as far.
 * @throws Error for a day that does not exist, or an end too soon after its announcement
 */
export function Deprecated({ since, sunset, link }: Ending): MethodDecorator {
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

/** What is not set here is as `ApiOperation` says, which may stand before or after. */
const markDeprecated = ((target, key, descriptor) => {
  const said = Reflect.getMetadata(DECORATORS.API_OPERATION, descriptor.value as object) as object | undefined;
  ApiOperation({ ...said, deprecated: true })(target, key, descriptor);
}) as MethodDecorator;

function day(text: string): Date {
  const date = new Date(`${text}T00:00:00Z`);
  if (Number.isNaN(date.getTime()) || !date.toISOString().startsWith(text)) throw new Error(`${text} is no day`);
  return date;
}
