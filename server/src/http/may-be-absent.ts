import { ValidateIf } from 'class-validator';

/** Optional but not nullable; IsOptional also accepts null, which the schema does not allow. */
export const MayBeAbsent = (): PropertyDecorator => ValidateIf((_object, value) => value !== undefined);
