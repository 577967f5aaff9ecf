import { Body, Controller, HttpCode, Inject, Post, Req, Res } from '@nestjs/common';
import { ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ENV, type Env } from '../../config/env.js';
import { ApiProblems } from '../../http/api-problems.js';
import { Accounts, type SignedIn } from './accounts.service.js';
import { type AgencyActor, CurrentActor } from '../actor.js';
import { Allow, Public } from '../allow.js';
import { PasswordResets } from './password-resets.service.js';
import {
  AcceptInviteDto,
  ChangePasswordDto,
  ForgotPasswordDto,
  LoginDto,
  Me,
  ResetPasswordDto,
} from './sessions.dto.js';
import { MeService } from '../me.service.js';
import { readSessionCookie, setSessionCookie } from './session-cookie.js';
import { Sessions } from './sessions.service.js';

@ApiTags('sign-in')
@Controller('api/auth')
export class AuthController {
  constructor(
    private readonly accounts: Accounts,
    private readonly resets: PasswordResets,
    private readonly sessions: Sessions,
    private readonly me: MeService,
    @Inject(ENV) private readonly env: Pick<Env, 'publicUrl'>,
  ) {}

  @Post('login')
  @HttpCode(200)
  @Public()
  @ApiOperation({
    summary: 'Sign in with email and password',
    description: 'Sets the session cookie, and ends the session of the previous one.',
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

  // Public: a person without the password cannot sign in.
  @Post('forgot-password')
  @HttpCode(202)
  @Public()
  @ApiOperation({
    summary: 'Ask for a new password',
    description:
      'Mails a link that is valid for an hour, if a person with a password or a pending invite has the address. The ' +
      'answer does not say so. At most 3 emails an hour go to one address. People who only sign in at the identity ' +
      'provider get none.',
  })
  @ApiResponse({ status: 202, description: 'The person with this address, if there is one, gets an email.' })
  @ApiProblems('validation_failed', 'cross_site_request', 'too_many_requests')
  forgotPassword(@Body() { email }: ForgotPasswordDto, @Req() { ip }: FastifyRequest): Promise<void> {
    return this.resets.ask(ip, email);
  }

  // Public: the token from the mail is the credential.
  @Post('reset-password')
  @HttpCode(204)
  @Public()
  @ApiOperation({
    summary: 'Choose a new password',
    description: 'With the token of the email, which works once. Signs the person out everywhere.',
  })
  @ApiNoContentResponse({ description: 'Changed: sign in with it.' })
  @ApiProblems('validation_failed', 'invalid_credentials', 'cross_site_request', 'too_many_requests')
  resetPassword(@Body() { token, password }: ResetPasswordDto, @Req() { ip }: FastifyRequest): Promise<void> {
    return this.resets.reset(ip, token, password);
  }

  // Public: signing out must also work after the session has expired.
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

  /** Ends the previous session of the browser, because its cookie is overwritten. */
  async #setSession(request: FastifyRequest, reply: FastifyReply, { actor, sessionToken }: SignedIn): Promise<Me> {
    const before = readSessionCookie(request, this.env.publicUrl);
    if (before) await this.sessions.end(before);
    setSessionCookie(reply, this.env.publicUrl, sessionToken);
    return this.me.describe(actor);
  }
}
