import { serverNow } from '../../../lib/server-clock';

const DAY_MS = 86_400_000;

/** Days until a key expires; '' is never. */
export const ENDS = [
  { value: '', label: 'Never' },
  { value: '30', label: 'In 30 days' },
  { value: '90', label: 'In 90 days' },
  { value: '365', label: 'In a year' },
] as const;

/** As part of a request. */
export const endOf = (days: string): { expires_at?: string } =>
  days === '' ? {} : { expires_at: new Date(serverNow() + Number(days) * DAY_MS).toISOString() };
