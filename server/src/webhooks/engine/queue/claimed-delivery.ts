import type { Held } from '../send/retry-policy.js';

/** A delivery whose lease this process holds and that it must now send. */
export interface ClaimedDelivery {
  deliveryId: string;
  agencyId: string;
  webhookId: string;
  /** Of the webhook's configuration at the time of the claim. */
  version: number;
  eventId: string;
  eventType: string;
  body: string;
  /** W3C Trace Context of the event; null: none. */
  traceparent?: string | null;
  test: boolean;
  /** When it was due, Unix ms; none: when its event was accepted. */
  dueMs?: number | null;
  /** Number of the attempt started by the claim, from 1. */
  attempt: number;
  /** Settled failures of the plan so far. */
  failures: number;
  /** Attempts in a row that were lost or failed through our own fault. */
  interruptions: number;
  /** Whether it has a row in the log: not while its first attempt is pending. */
  logged: boolean;
  /** Set if it is the probe of a webhook that is held. */
  held: Held | null;
  /** Set if its request carries others too. */
  group: DeliveryGroup | null;
  /** It has the turn of a paced webhook, at most until this time of the database. Its answer ends the turn. */
  turn: string | null;
  /** Token of the lease: fences every write about this attempt. */
  token: string;
}

/** A webhook, by its id and agency. */
export type WebhookRef = Pick<ClaimedDelivery, 'webhookId' | 'agencyId'>;

/** What a claim writes into the rows that it takes. */
export interface Lease {
  token: string;
  leaseMs: number;
}

/** Deliveries that one request carries, each with its own lease. */
export interface DeliveryGroup {
  id: string;
  /** By their ids; the first is also the delivery that has this group. */
  members: readonly ClaimedDelivery[];
}

/** Those that its request carries. */
export const membersOf = (delivery: ClaimedDelivery): readonly ClaimedDelivery[] =>
  delivery.group?.members ?? [delivery];

/** Free slots, read by intake and claim, so that nothing is claimed that would have to wait long in this process. */
export interface Slots {
  /** Slots of the process. */
  total: number;
  /** Free ones that may be claimed. */
  free: number;
  perWebhook: number;
  perAgency: number;
  /** Free slots of webhooks with requests in flight or a backlog. */
  webhooks: Map<string, number>;
  /** Limits above `perWebhook`, of webhooks that may have deliveries claimed ahead of their requests. */
  limits: Map<string, number>;
  /** Retries in flight, of webhooks that have any. */
  retries: Map<string, number>;
  /** Free slots of agencies with requests in flight. */
  agencies: Map<string, number>;
}
