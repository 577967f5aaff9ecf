import { Inject, Injectable } from '@nestjs/common';
import { ENV, type Env } from '../../config/env.js';
import { publicUrlOf } from '../../config/public-url.js';
import { toolOf, type ToolKind } from './kinds.js';
import type { DeliveredEvent, DestinationStyle } from './message.js';

/** A webhook's kind and style; null: an endpoint. */
export type ToolSettings = { kind: ToolKind; style: DestinationStyle } | null;

/**
 * The body of a request, for sending, previews and the log: the same event and settings make the same bytes. An
 * endpoint gets the message itself.
 */
@Injectable()
export class RequestBody {
  readonly #publicUrl: string;

  constructor(@Inject(ENV) env: Env) {
    this.#publicUrl = publicUrlOf(env, env.port);
  }

  /** Of a tool that takes several events in one message, the group `id`. */
  ofGroup(id: string, events: readonly DeliveredEvent[], { kind, style }: NonNullable<ToolSettings>): string {
    const { render, renderGroup } = toolOf(kind);
    if (events.length === 1 || !renderGroup) return render(events[0]!, style, this.#publicUrl);
    return renderGroup(events, style, this.#publicUrl, id);
  }

  of(event: DeliveredEvent, tool: ToolSettings): string {
    return tool ? toolOf(tool.kind).render(event, tool.style, this.#publicUrl) : event.body;
  }
}
