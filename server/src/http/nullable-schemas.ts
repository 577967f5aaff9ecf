/* What `@ApiProperty` needs for fields that may be null: their type is then no longer seen by reflection. */

export const TEXT_OR_NULL = { type: String, nullable: true } as const;
export const ID_OR_NULL = { ...TEXT_OR_NULL, format: 'uuid' } as const;
export const TIME_OR_NULL = { ...TEXT_OR_NULL, format: 'date-time' } as const;
