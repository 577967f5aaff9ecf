import { ApiProperty, ApiSchema, IntersectionType } from '@nestjs/swagger';
import { TEXT_OR_NULL, TIME_OR_NULL } from '../../http/nullable-schemas.js';
import { BODY_ENCODINGS, type BodyEncoding } from '../../outbound/answer.js';
import { REASONS, type Reason } from '../model/reasons.js';

const ATTEMPT_OUTCOMES = ['succeeded', 'failed', 'interrupted'] as const;

@ApiSchema({ name: 'AttemptTiming' })
export class AttemptTimingResponse {
  @ApiProperty({ type: 'integer', nullable: true, description: 'Looking up the host name.' })
  dns_ms: number | null;

  @ApiProperty({ type: 'integer', nullable: true, description: 'Connecting; null if an open connection was used.' })
  connect_ms: number | null;

  @ApiProperty({ type: 'integer', nullable: true, description: 'The TLS handshake.' })
  tls_ms: number | null;

  @ApiProperty({ type: 'integer', nullable: true, description: 'From the request to the first byte of the answer.' })
  first_byte_ms: number | null;
}

const MAIL_OUTCOMES = ['accepted', 'deferred', 'refused'] as const;
type MailOutcome = (typeof MAIL_OUTCOMES)[number];

@ApiSchema({ name: 'AttemptMail' })
export class AttemptMailResponse {
  @ApiProperty({ description: 'Viewers see its first letter and its host.', example: 'ann@recruiting.example' })
  email: string;

  @ApiProperty({
    enum: MAIL_OUTCOMES,
    enumName: 'MailOutcome',
    description: 'What the mail server said: it accepted the email, deferred it, or refused it.',
  })
  outcome: MailOutcome;

  @ApiProperty({ type: 'integer', nullable: true, description: 'RFC 5321; null: no answer.', example: 250 })
  smtp_code: number | null;

  @ApiProperty({
    ...TEXT_OR_NULL,
    description: 'What the mail server said; null: nothing, it was erased, or the caller is a viewer.',
    example: '250 2.0.0 Ok: queued as 4F2A',
  })
  answer: string | null;

  @ApiProperty({ ...TIME_OR_NULL, description: 'When this recipient is retried, even if the delivery is delivered.' })
  retry_at: string | null;
}

@ApiSchema({ name: 'Attempt' })
export class AttemptResponse {
  @ApiProperty({ type: 'integer', description: 'Sent as `x-webhook-attempt`; grows with each request.', example: 1 })
  n: number;

  @ApiProperty({ format: 'date-time' })
  started_at: Date;

  @ApiProperty({ enum: ATTEMPT_OUTCOMES, enumName: 'AttemptOutcome' })
  outcome: (typeof ATTEMPT_OUTCOMES)[number];

  @ApiProperty({ enum: REASONS, enumName: 'Reason' })
  reason: Reason;

  @ApiProperty({
    description:
      'The result came after another process had taken over the delivery: it was recorded, but changed nothing.',
  })
  fenced: boolean;

  @ApiProperty({ type: 'integer', nullable: true, example: 200 })
  response_status: number | null;

  @ApiProperty({ type: 'integer', nullable: true, example: 184 })
  duration_ms: number | null;

  @ApiProperty({ type: AttemptTimingResponse })
  timing: AttemptTimingResponse;

  @ApiProperty({ description: 'A kept-alive connection was dead, so the request was sent once more on a new one.' })
  reconnected: boolean;

  @ApiProperty({ ...TEXT_OR_NULL, description: 'A technical detail for the developer, never an address.' })
  detail: string | null;

  @ApiProperty({
    ...TIME_OR_NULL,
    description: 'When the certificate of the receiver expired; only with the reason `tls_expired`.',
    example: null,
  })
  certificate_expired_at: Date | null;

  @ApiProperty({
    type: 'integer',
    nullable: true,
    description:
      "The version of the webhook's configuration that was used; null: it could not be read, or the attempt was " +
      'interrupted.',
    example: 3,
  })
  version: number | null;

  @ApiProperty({
    type: String,
    format: 'uri',
    nullable: true,
    description: 'The address in that version, whatever it is today. null for emails.',
    example: 'https://hooks.payroll.example/bpoc',
  })
  address: string | null;

  @ApiProperty({
    type: [AttemptMailResponse],
    nullable: true,
    description: 'Kind `email`: the emails, one for each recipient. null: none was tried, or it is another kind.',
    example: null,
  })
  mails: AttemptMailResponse[] | null;
}

const STRINGS = { type: 'object', additionalProperties: { type: 'string' } } as const;

const RESPONSE_BODY = {
  type: String,
  nullable: true,
  description:
    'The first 16 KiB of the response as text (decoded according to its `content-encoding` and charset), or its ' +
    'first 1 KiB as hex digits if it is not text.',
  example: 'ok',
};

const RESPONSE_BODY_ENCODING = {
  enum: BODY_ENCODINGS,
  enumName: 'BodyEncoding',
  nullable: true,
  description:
    'Whether `response_body` is text or hex digits, for bytes that are neither UTF-8 nor what their headers claim. ' +
    'null: there is no body.',
  example: 'utf-8',
};

const RESPONSE_TRUNCATED = {
  description:
    'Part of the response is missing here: it was longer than what is kept (16 KiB of headers, 16 KiB of body), was ' +
    'cut off, could not be parsed, or is older than the newest 512 KiB of responses of its delivery.',
};

@ApiSchema({ name: 'ExchangedContent' })
export class ExchangedContentResponse {
  @ApiProperty({ ...STRINGS, nullable: true, description: 'As sent, with secrets masked; null: nothing was sent.' })
  request_headers: Record<string, string> | null;

  @ApiProperty({ ...STRINGS, nullable: true, description: 'null: there was no response, or it is left out.' })
  response_headers: Record<string, string> | null;

  @ApiProperty(RESPONSE_BODY)
  response_body: string | null;

  @ApiProperty(RESPONSE_BODY_ENCODING)
  response_body_encoding: BodyEncoding | null;

  @ApiProperty(RESPONSE_TRUNCATED)
  response_truncated: boolean;
}

@ApiSchema({ name: 'DeliveryAttemptContent' })
export class DeliveryAttemptContentResponse extends ExchangedContentResponse {
  @ApiProperty({ type: 'integer', example: 1 })
  n: number;
}

@ApiSchema({ name: 'AttemptContent' })
export class AttemptContentResponse extends IntersectionType(AttemptResponse, ExchangedContentResponse) {}
