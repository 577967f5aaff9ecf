import type { ListSearch } from '../features/deliveries/list/filter';

/**
 * Parsers of the query string. Any value can be there: an unknown one becomes an explicit `undefined`, because the
 * router keeps keys that a parser does not return.
 */

interface SignedInSearch {
  delivery?: string | undefined;
}

export function readSignedInSearch(search: Record<string, unknown>): SignedInSearch {
  return { delivery: text(search.delivery) };
}

interface AddWebhookSearch {
  /** Use a test inbox instead of an address. */
  address?: 'inbox' | undefined;
}

export function readAddWebhookSearch(search: Record<string, unknown>): AddWebhookSearch {
  return { address: search.address === 'inbox' ? 'inbox' : undefined };
}

interface SignInSearch {
  next?: string | undefined;
}

/** `next` can only be one of our screens, so that a forged link cannot redirect people elsewhere after sign-in. */
export function readSignInSearch(search: Record<string, unknown>): SignInSearch {
  const next = text(search.next);
  const ours = next?.startsWith('/') && !next.startsWith('//') && !next.includes('\\');
  return { next: ours ? next : undefined };
}

/** How far back the list goes, at most the server's retention. */
export const PERIODS = ['24h', '7d', '30d'] as const;

type DeliverySearch = Omit<ListSearch, 'delivery'>;

export function readDeliverySearch(search: Record<string, unknown>): DeliverySearch {
  const period = PERIODS.find((name) => name === search.period);
  const tests = search.tests === 'only' || search.tests === 'any' ? search.tests : undefined;
  return {
    status: text(search.status),
    webhook_id: text(search.webhook_id),
    recovery_id: text(search.recovery_id),
    event: text(search.event),
    response: text(search.response),
    reason: text(search.reason),
    q: text(search.q),
    period,
    from: time(search.from),
    to: time(search.to),
    tests,
  };
}

interface EventSearch extends Pick<DeliverySearch, 'event' | 'q' | 'period' | 'from' | 'to'> {
  /** The event that is open. */
  open?: string | undefined;
}

export function readEventSearch(search: Record<string, unknown>): EventSearch {
  const { event, q, period, from, to } = readDeliverySearch(search);
  return { event, q, period, from, to, open: text(search.open) };
}

interface AuditSearch {
  /** The first word of the actions to show, such as `webhook`. */
  kind?: string | undefined;
}

export function readAuditSearch(search: Record<string, unknown>): AuditSearch {
  return { kind: text(search.kind) };
}

function time(value: unknown): string | undefined {
  return typeof value === 'string' && !Number.isNaN(Date.parse(value)) ? new Date(value).toISOString() : undefined;
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value.slice(0, 200) : undefined;
}
