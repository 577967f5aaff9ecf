import { Global, Module } from '@nestjs/common';
import { APP_GUARD, DiscoveryModule } from '@nestjs/core';
import { ThrottlerModule } from '@nestjs/throttler';
import { OutboundModule } from '../outbound/outbound.module.js';
import { AccessCheck } from './access-check.js';
import { AccessGuard } from './access.guard.js';
import { Accounts } from './sessions/accounts.service.js';
import { AgencyKeys } from './keys/agency-keys.service.js';
import { ApiKeysController } from './keys/api-keys.controller.js';
import { CodeSignInController, SignInCodesController } from './keys/code-sign-ins.controller.js';
import { CodeSignIns } from './keys/code-sign-ins.service.js';
import { ApiKeys } from './keys/api-keys.service.js';
import { AuthController } from './sessions/sessions.controller.js';
import { Identity } from './identity.js';
import { ServiceAuth } from './keys/service-auth.js';
import { InviteMails } from './sessions/invite-mails.service.js';
import { Invites } from './sessions/invites.service.js';
import { LoginThrottle } from './sessions/login-throttle.js';
import { MeController } from './me.controller.js';
import { MeService } from './me.service.js';
import { PasswordResets } from './sessions/password-resets.service.js';
import { ProviderPeople } from './provider/provider-people.service.js';
import { ProviderTokens } from './provider/provider-tokens.js';
import { RATE_LIMITS, RateLimitGuard } from './rate-limits.js';
import { Removals } from './removals.js';
import { Sessions } from './sessions/sessions.service.js';

/** Sign-in, keys, and the guard of all routes. Needs the database module, the audit log and ENV. */
@Global()
@Module({
  imports: [DiscoveryModule, OutboundModule, ThrottlerModule.forRoot(RATE_LIMITS)],
  controllers: [AuthController, MeController, ApiKeysController, CodeSignInController, SignInCodesController],
  providers: [
    Accounts,
    AgencyKeys,
    ApiKeys,
    CodeSignIns,
    Identity,
    Invites,
    InviteMails,
    LoginThrottle,
    MeService,
    PasswordResets,
    ProviderPeople,
    ProviderTokens,
    Removals,
    Sessions,
    AccessCheck,
    ServiceAuth,
    RateLimitGuard,
    // In this order, because rate limits count by actor.
    { provide: APP_GUARD, useClass: AccessGuard },
    { provide: APP_GUARD, useExisting: RateLimitGuard },
  ],
  exports: [ApiKeys, Identity, InviteMails, Invites, PasswordResets, Removals, Sessions],
})
export class AuthModule {}
