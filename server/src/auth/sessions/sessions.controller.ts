import { Body, Controller, HttpCode, Inject, Post, Req, Res } from '@nestjs/common';
import { ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ENV, type Env } from '../../config/env.js';
import { ApiProblems } from '../../http/api-problems.js';
import { Accounts, type SignedIn } from './accounts.service.js';
import { type AgencyActor, CurrentActor } from '../actor.js';
import { Allow, Public } from '../allow.js';
import { AcceptInviteDto, LoginDto, Me, ChangePasswordDto } from './sessions.dto.js';
import { MeService } from '../me.service.js';
import { readSessionCookie, setSessionCookie } from './session-cookie.js';
import { Sessions } from './sessions.service.js';

@ApiTags('sign-in')
@Controller('api/auth')
export class AuthController {
  constructor(
    private readonly accounts: Accounts,
    private readonly sessions: Sessions,
    private readonly me: MeService,
    @Inject(ENV) private readonly env: Pick<Env, 'publicUrl'>,
  ) {}

  @Post('login')
  @HttpCode(200)
  @Public()
  @ApiOperation({
    summary: 'Sign in with e-mail and password',
    description: 'Sets the session cookie, and ends the session of the one that came.',
  })
  @ApiOkResponse({ type: Me })
  @ApiProblems('validation_failed', 'invalid_credentials', 'cross_site_request', 'too_many_requests')
  async login(
    @Body() body: LoginDto,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Me> {
    return this.#setSession(request, reply, await this.accounts.signIn(request.ip, body.email, body.password));
  }

  @Post('invite')
  @HttpCode(200)
  @Public()
  @ApiOperation({
    summary: 'Accept an invite',
    description: 'Sets the password and the session cookie. An invite works once.',
  })
  @ApiOkResponse({ type: Me })
  @ApiProblems('validation_failed', 'invalid_credentials', 'cross_site_request', 'too_many_requests')
  async invite(
    @Body() body: AcceptInviteDto,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Me> {
    return this.#setSession(request, reply, await this.accounts.acceptInvite(request.ip, body.token, body.password));
  }

  // Public: sign-out must also work when the session has expired.
  @Post('logout')
  @HttpCode(204)
  @Public()
  @ApiOperation({ summary: 'Sign out', description: 'Ends the session of the cookie, if there is one.' })
  @ApiNoContentResponse({ description: 'Signed out.' })
  @ApiProblems('cross_site_request')
  async logout(@Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply): Promise<void> {
    const token = readSessionCookie(request, this.env.publicUrl);
    if (token) await this.sessions.end(token);
    setSessionCookie(reply, this.env.publicUrl, null);
  }

  @Post('password')
  @HttpCode(204)
  @Allow('password.write')
  @ApiOperation({ summary: 'Change your password', description: 'Signs all your other browsers out.' })
  @ApiNoContentResponse({ description: 'Changed.' })
  @ApiProblems('validation_failed', 'too_many_requests')
  async password(
    @Body() body: ChangePasswordDto,
    @CurrentActor() actor: AgencyActor,
    @Req() { ip, sessionHash }: FastifyRequest,
  ): Promise<void> {
    const { current_password: current, new_password: next } = body;
    await this.accounts.changePassword(actor, { ip, current, next, kept: sessionHash ?? null });
  }

  /** Ends the browser's previous session, whose cookie is overwritten here. */
  async #setSession(request: FastifyRequest, reply: FastifyReply, { actor, sessionToken }: SignedIn): Promise<Me> {
    const before = readSessionCookie(request, this.env.publicUrl);
    if (before) await this.sessions.end(before);
    setSessionCookie(reply, this.env.publicUrl, sessionToken);
    return this.me.describe(actor);
  }
}
