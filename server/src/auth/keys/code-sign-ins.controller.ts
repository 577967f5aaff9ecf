import { Body, Controller, Header, HttpCode, Post, Req } from '@nestjs/common';
import { ApiCreatedResponse, ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { ApiProblems } from '../../http/api-problems.js';
import { type AgencyActor, CurrentActor } from '../actor.js';
import { Allow, Public } from '../allow.js';
import { AgencyKeys } from './agency-keys.service.js';
import {
  AnswerCode,
  CodeStatusResponse,
  FindCode,
  FoundCodeResponse,
  PollCode,
  RevokeKey,
  StartCode,
  StartedCodeResponse,
} from './code-sign-ins.dto.js';
import { CodeSignIns } from './code-sign-ins.service.js';

/** For programs, which have no key yet, or revoke their own. */
@ApiTags('sign-in')
@Controller('api/auth')
export class CodeSignInController {
  constructor(
    private readonly codes: CodeSignIns,
    private readonly keys: AgencyKeys,
  ) {}

  // Public: the program has no key yet.
  @Post('codes')
  @Public()
  @Header('cache-control', 'no-store')
  @ApiOperation({
    summary: 'Begin a sign-in by code',
    description:
      'For programs of a person, as in RFC 8628. Show `user_code` and the address: the person signs in there, types ' +
      'the code and confirms. Meanwhile poll for the key. At most 20 in 15 minutes from one address.',
  })
  @ApiCreatedResponse({ type: StartedCodeResponse })
  @ApiProblems('validation_failed', 'cross_site_request', 'too_many_requests')
  start(@Body() { client }: StartCode, @Req() { ip }: FastifyRequest): Promise<StartedCodeResponse> {
    return this.codes.start(ip, client);
  }

  // Public: the device code is the credential.
  @Post('codes/key')
  @HttpCode(200)
  @Public()
  @Header('cache-control', 'no-store')
  @ApiOperation({
    summary: 'Fetch the key of a sign-in by code',
    description: 'Creates the key. This works once.',
  })
  @ApiOkResponse({ type: CodeStatusResponse })
  @ApiProblems('validation_failed', 'cross_site_request')
  poll(@Body() { device_code: code }: PollCode): Promise<CodeStatusResponse> {
    return this.codes.poll(code);
  }

  // Public: the holder of a key may revoke it, as in RFC 7009.
  @Post('revoke-key')
  @HttpCode(204)
  @Public()
  @ApiOperation({ summary: 'Revoke your own API key', description: 'A key that does not work is no error.' })
  @ApiNoContentResponse({ description: 'The key no longer works.' })
  @ApiProblems('validation_failed', 'cross_site_request')
  revoke(@Body() { key }: RevokeKey): Promise<void> {
    return this.keys.revokePresented(key);
  }
}

/** For the person who confirms the sign-in. */
@ApiTags('keys')
@Controller('api/recruiter/sign-in-codes')
@Allow('keys.write')
export class SignInCodesController {
  constructor(private readonly codes: CodeSignIns) {}

  @Post('find')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Show the program that asks to sign in',
    description: 'At most 20 wrong codes in 15 minutes.',
  })
  @ApiOkResponse({ type: FoundCodeResponse })
  @ApiProblems('validation_failed', 'not_found', 'too_many_requests')
  find(@CurrentActor() actor: AgencyActor, @Body() { user_code: code }: FindCode): Promise<FoundCodeResponse> {
    return this.codes.find(actor, code);
  }

  @Post('answer')
  @HttpCode(204)
  @ApiOperation({
    summary: 'Let a program sign in',
    description: 'The program may then fetch an API key, once, which is created at that moment. Or refuses.',
  })
  @ApiNoContentResponse({ description: 'Answered.' })
  @ApiProblems('validation_failed', 'not_found', 'too_many_requests')
  answer(@CurrentActor() actor: AgencyActor, @Body() body: AnswerCode): Promise<void> {
    return this.codes.answer(actor, body);
  }
}
