import type { Held } from '../send/retry-policy.js';

/** A delivery whose lease this process holds, and which it sends. */
export interface ClaimedDelivery {
  deliveryId: string;
  agencyId: string;
  webhookId: string;
  /** Version of the configuration of its webhook at the time of the claim. */
  version: number;
  eventId: string;
  eventType: string;
  body: string;
  /** W3C Trace Context of the event; null: none. */
  traceparent?: string | null;
  test: boolean;
  /** When it was due, Unix ms; default: when its event was accepted. */
  dueMs?: number | null;
  /** Number of the attempt started by the claim, from 1. */
  attempt: number;
  /** Failures that its retry plan has counted so far. */
  failures: number;
  /** Attempts in a row that were lost or failed through our own fault. */
  interruptions: number;
  /** Whether it has a row in the log, which it gets with its first result. */
  logged: boolean;
  /** Set if it is the probe of a held webhook. */
  held: Held | null;
  /** Set if its request also carries other deliveries. */
  group: DeliveryGroup | null;
  /** It has the turn of a paced webhook, until its answer, but at most until this time of the database clock. */
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

/** The deliveries that its request carries. */
export const membersOf = (delivery: ClaimedDelivery): readonly ClaimedDelivery[] =>
  delivery.group?.members ?? [delivery];

/** The free slots that a claim may use, so that no claimed delivery has to wait long in this process. */
export interface Slots {
  /** All slots of the process. */
  total: number;
  /** Slots that may be claimed. */
  free: number;
  perWebhook: number;
  perAgency: number;
  /** Free slots of webhooks with requests in flight or a backlog. */
  webhooks: Map<string, number>;
  /** Limits of webhooks that may have deliveries claimed ahead, if above `perWebhook`. */
  limits: Map<string, number>;
  /** Retries in flight, by webhook. */
  retries: Map<string, number>;
  /** Free slots of agencies with requests in flight. */
  agencies: Map<string, number>;
}
