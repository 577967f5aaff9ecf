/** A delivery that this process holds a lease on and must now send. */
export interface ClaimedDelivery {
  deliveryId: string;
  agencyId: string;
  webhookId: string;
  /** Of the webhook's configuration at the time of the claim. */
  version: number;
  eventId: string;
  eventType: string;
  body: string;
  test: boolean;
  /** Number of the attempt that the claim began, from 1. */
  attempt: number;
  /** Settled failures of the plan so far. */
  failures: number;
  /** Attempts in a row that were lost or failed by our own fault. */
  interruptions: number;
  /** The lease's token: every write about this attempt is fenced by it. */
  token: string;
}

/** What may still start: read by intake and claim, so that nothing is claimed that has to wait here. */
export interface Room {
  /** The process's places. */
  total: number;
  /** Those of them that may be taken now. */
  free: number;
  perWebhook: number;
  perAgency: number;
  /** Requests that may still start to a webhook, for those that have some under way or a backlog. */
  webhooks: Map<string, number>;
  /** Retries under way to a webhook, for those that have any. */
  retries: Map<string, number>;
  /** Requests that may still start for an agency, for those that have some under way. */
  agencies: Map<string, number>;
}
