import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Problem } from '../http/problem.js';

export class LiveResponse {
  @ApiProperty({ enum: ['ok'] })
  status: 'ok';
}

export class CheckResult {
  @ApiProperty()
  ok: boolean;

  @ApiPropertyOptional({ example: 'no answer within 2 seconds' })
  detail?: string;
}

const CHECKS = {
  type: 'object',
  additionalProperties: { $ref: '#/components/schemas/CheckResult' },
  description: 'Each part that must work, by its name.',
} as const;

export class ReadyResponse {
  @ApiProperty({ enum: ['ok'] })
  status: 'ok';

  @ApiProperty({ ...CHECKS, example: { database: { ok: true }, migrations: { ok: true } } })
  checks: Record<string, CheckResult>;
}

export class NotReadyProblem extends Problem {
  @ApiProperty({ ...CHECKS, example: { database: { ok: false, detail: 'no answer within 2 s' } } })
  checks: Record<string, CheckResult>;
}
