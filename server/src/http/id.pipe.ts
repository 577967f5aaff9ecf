import { Injectable, type PipeTransform } from '@nestjs/common';
import { AppError } from '../lib/app-error.js';
import { isUuid } from '../lib/ids.js';

/** For `@Param('id', IdPipe)`: anything but a UUID is answered with 404, like an unknown id. */
@Injectable()
export class IdPipe implements PipeTransform<string, string> {
  transform(value: string): string {
    if (!isUuid(value)) throw new AppError('not_found', 'There is nothing with this id.');
    return value.toLowerCase();
  }
}
