import { ApiProperty, ApiPropertyOptional, ApiSchema, IntersectionType } from '@nestjs/swagger';
import { Matches, MaxLength } from 'class-validator';
import { PageQuery, pageModel } from '../http/keyset-page.js';
import { MayBeAbsent, OptionalLine } from '../http/field-checks.js';

export const ACTOR_KINDS = ['user', 'key', 'service', 'link', 'system'] as const;
export type ActorKind = (typeof ACTOR_KINDS)[number];

const ACTION = /^[a-z0-9_]+\.([a-z0-9_]+|\*)$/;

export class AuditFilter {
  @OptionalLine(
    'The actor: the id of a person, key or service, or a kind (`user`, `key`, `service`, `link`, `system`).',
    'user',
  )
  actor?: string;

  @ApiPropertyOptional({
    description: 'What was done: an action, or all of one kind such as `webhook.*`.',
    example: 'webhook.*',
    maxLength: 100,
    pattern: ACTION.source,
  })
  @MayBeAbsent()
  @Matches(ACTION, {
    message: 'action must be an action such as webhook.created, or a group such as webhook.*',
  })
  @MaxLength(100)
  action?: string;

  @OptionalLine('The target: the id of a webhook, delivery, key or person, or a kind such as `webhook`.', 'webhook')
  target?: string;
}

export class AuditQuery extends IntersectionType(PageQuery, AuditFilter) {}

@ApiSchema({ name: 'AuditActor' })
export class AuditActorResponse {
  @ApiProperty({
    enum: ACTOR_KINDS,
    enumName: 'ActorKind',
    description: '`link`: a shared link, whose user is not known. `system`: the server itself, or its operator.',
  })
  kind: ActorKind;

  @ApiProperty({ type: String, nullable: true })
  id: string | null;

  @ApiProperty({ type: String, nullable: true, example: 'Anna Berg', description: 'The name at that time.' })
  name: string | null;
}

@ApiSchema({ name: 'AuditTarget' })
export class AuditTargetResponse {
  @ApiProperty({ example: 'webhook' })
  kind: string;

  @ApiProperty({ type: String, nullable: true })
  id: string | null;
}

@ApiSchema({ name: 'AuditEntry' })
export class AuditEntryResponse {
  @ApiProperty({ format: 'uuid' })
  id: string;

  @ApiProperty({ format: 'date-time' })
  at: string;

  @ApiProperty({ type: AuditActorResponse })
  actor: AuditActorResponse;

  @ApiProperty({ example: 'webhook.created' })
  action: string;

  @ApiProperty({ type: AuditTargetResponse, nullable: true, description: 'null: the actor or the agency itself.' })
  target: AuditTargetResponse | null;

  @ApiProperty({
    type: 'object',
    additionalProperties: true,
    example: { events: ['application.*'] },
    description: 'Details, such as the names of changed fields; never a secret, a key or a candidate’s data.',
  })
  details: Record<string, unknown>;
}

export class AuditPage extends pageModel(AuditEntryResponse) {}
