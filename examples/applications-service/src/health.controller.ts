import { Controller, Get, Header } from '@nestjs/common';
import { WebhookPublisher } from 'bpoc-webhooks/nest';
import type { RelayHealth } from 'bpoc-webhooks/outbox';

/** Health and metrics of the outbox. */
@Controller()
export class HealthController {
  constructor(private readonly webhooks: WebhookPublisher) {}

  @Get('health')
  health(): RelayHealth | null {
    return this.webhooks.relay?.health() ?? null;
  }

  @Get('metrics')
  @Header('content-type', 'text/plain; version=0.0.4')
  metrics(): string {
    return this.webhooks.relay?.metrics() ?? '';
  }
}
