import { Inject, Injectable } from '@nestjs/common';
import { ENV, type Env } from '../../config/env.js';
import { publicUrlOf } from '../../config/public-url.js';
import { toolOf, type ToolKind } from './kinds.js';
import type { DeliveredEvent, DestinationStyle } from './message.js';

/** A webhook's kind and style; null: an endpoint. */
export type ToolSettings = { kind: ToolKind; style: DestinationStyle } | null;

/**
 * The body of a request, for sending, previews and the log: the same event and settings give the same bytes. An
 * endpoint gets the message itself.
 */
@Injectable()
export class RequestBody {
  readonly #publicUrl: string;

  constructor(@Inject(ENV) env: Env) {
    this.#publicUrl = publicUrlOf(env, env.port);
  }

  /** The message for the events of group `id`. */
  ofGroup(
    id: string,
    events: readonly DeliveredEvent[],
    { kind, style }: NonNullable<ToolSettings>,
    short = false,
  ): string {
    const { render, renderGroup } = toolOf(kind);
    const rendering = { style, publicUrl: this.#publicUrl, short };
    return events.length === 1 ? render(events[0]!, rendering) : renderGroup(events, rendering, id);
  }

  /** `short`: a tool has refused the whole message as too large. */
  of(event: DeliveredEvent, tool: ToolSettings, short = false): string {
    if (!tool) return event.body;
    return toolOf(tool.kind).render(event, { style: tool.style, publicUrl: this.#publicUrl, short });
  }
}
