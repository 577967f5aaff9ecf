import { Body, Controller, Get, Param, Put } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { type AgencyActor, CurrentActor } from '../../auth/actor.js';
import { Allow } from '../../auth/allow.js';
import { ApiProblems } from '../../http/api-problems.js';
import { IdPipe } from '../../http/id.pipe.js';
import { AlertsResponse, UpdateAlerts } from './alerts.dto.js';
import { AlertRecipients } from './alert-recipients.service.js';

@ApiTags('webhooks')
@Controller('api/recruiter/webhooks/:id/alerts')
export class AlertsController {
  constructor(private readonly recipients: AlertRecipients) {}

  @Get()
  @Allow('alerts.read')
  @ApiOperation({
    summary: 'Get the alert recipients of a webhook',
    description:
      'Alerts are sent when the webhook is paused, a day before it is switched off, when it is switched off, when it ' +
      'works again, and when a new release outdates one of its conditions. Until recipients are set, the owners are ' +
      'alerted by email (`default`).',
  })
  @ApiOkResponse({ type: AlertsResponse })
  @ApiProblems('not_found')
  get(@CurrentActor() actor: AgencyActor, @Param('id', IdPipe) id: string): Promise<AlertsResponse> {
    return this.recipients.get(actor, id);
  }

  @Put()
  @Allow('alerts.write')
  @ApiOperation({
    summary: 'Set the alert recipients of a webhook',
    description:
      'Replaces all recipients; without any, no alerts are sent. Tests cause no alerts; at most one alert of a kind ' +
      'is sent an hour, and 200 messages a day for an agency.',
  })
  @ApiOkResponse({ type: AlertsResponse })
  @ApiProblems('validation_failed', 'not_found')
  put(
    @CurrentActor() actor: AgencyActor,
    @Param('id', IdPipe) id: string,
    @Body() body: UpdateAlerts,
  ): Promise<AlertsResponse> {
    return this.recipients.put(actor, id, body);
  }
}
