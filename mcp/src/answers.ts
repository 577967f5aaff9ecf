/* The fields of API answers that the tools read; server/openapi.json describes all of them. */

export interface Page<T> {
  data: T[];
  next_cursor: string | null;
}

export interface Webhook {
  id: string;
  description: string;
  kind: string;
  url: string | null;
  events: string[];
  is_active: boolean;
  off_reason: string | null;
  health: string;
  paused_until: string | null;
  held_until: string | null;
  not_delivered: { count: number; capped: boolean; since: string | null };
  last_24h: { delivered: number; failed: number };
}

/** The record that an event is about. */
export interface Subject {
  kind: string;
  id: string;
}

export interface Delivery {
  id: string;
  webhook: { id: string; description: string; url: string | null; is_active: boolean };
  event_id: string;
  event: string;
  test: boolean;
  subject: Subject | null;
  status: string;
  attempts: number;
  response_status: number | null;
  reason: string | null;
  next_attempt_at: string | null;
  created_at: string;
  finished_at: string | null;
}

export interface DeliveryDetail extends Delivery {
  max_attempts: number;
  retry_plan: string;
  timeline: {
    n: number;
    started_at: string;
    reason: string;
    response_status: number | null;
    duration_ms: number | null;
    detail: string | null;
  }[];
  answers: { n: number; text: string }[];
  resends: { at: string; by: string }[];
  waits: { for: string; until: string } | null;
}

export interface Content {
  body: string | null;
  attempts: { n: number; response_body: string | null }[];
}

export interface Event {
  id: string;
  type: string;
  occurred_at: string;
  test: boolean;
  subject: Subject | null;
  purged_at: string | null;
  deliveries: Record<string, number>;
}

export interface Plan {
  plan_id: string;
  count: number;
  left_out: Record<string, number>;
  per_second: number;
}

export interface Recovery {
  id: string;
  status: string;
  count: number;
}

export interface TestResult {
  delivery_id: string;
  event: string;
  status: string;
  attempt: { reason: string; response_status: number | null; duration_ms: number | null; detail: string | null };
}
