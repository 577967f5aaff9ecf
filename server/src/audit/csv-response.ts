import { ApiOkResponse } from '@nestjs/swagger';

/** Declares the answer of an export. */
export const ApiCsvResponse = (): MethodDecorator =>
  ApiOkResponse({
    description: 'CSV (RFC 4180) in UTF-8 with a byte order mark; the first line has the names of the columns.',
    content: { 'text/csv': { schema: { type: 'string' } } },
  });
