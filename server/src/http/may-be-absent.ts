import { ValidateIf } from 'class-validator';

/** Optional, but not null: unlike IsOptional, which lets null through although the schema has none. */
export const MayBeAbsent = (): PropertyDecorator => ValidateIf((_object, value) => value !== undefined);
