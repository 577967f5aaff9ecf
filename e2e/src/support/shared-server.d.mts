export const TEST_DEFAULTS: Record<'PORT' | 'DELAY_SCALE' | 'LOG_LEVEL', string>;
