import { applyDecorators, SetMetadata } from '@nestjs/common';
import { ApiExtension, ApiSecurity } from '@nestjs/swagger';
import { ApiProblems } from '../http/api-problems.js';
import { type Right, roleFor, type ServiceScope } from './role.js';

/** What a route requires of its caller. Every route must declare it, or the server does not start. */
export type Access = { kind: 'public' } | { kind: 'right'; right: Right } | { kind: 'service'; scope: ServiceScope };

export const ACCESS = Symbol('access');

const declare = (access: Access): MethodDecorator & ClassDecorator => SetMetadata(ACCESS, access);

/**
 * Allows people and API keys of an agency that have this right; `role.ts` maps roles to rights. For a method, or for
 * all methods of a class (the method wins).
 */
export function Allow(right: Right): MethodDecorator & ClassDecorator {
  return applyDecorators(
    declare({ kind: 'right', right }),
    ApiExtension('x-required-right', right),
    ApiExtension('x-required-role', roleFor(right)),
    ApiSecurity('session'),
    ApiSecurity('api_key'),
    ApiProblems('unauthenticated', 'forbidden', 'cross_site_request', 'unknown_person', 'identity_unavailable'),
  );
}

/** Allows services of the platform with this scope. The route must check the agency with `requireAgency`. */
export function AllowService(scope: ServiceScope): MethodDecorator & ClassDecorator {
  return applyDecorators(
    declare({ kind: 'service', scope }),
    ApiExtension('x-required-scope', scope),
    ApiSecurity('service_token'),
    ApiProblems('unauthenticated', 'forbidden', 'cross_site_request'),
  );
}

/** No sign-in required. A comment at the route says why. */
export function Public(): MethodDecorator & ClassDecorator {
  return declare({ kind: 'public' });
}
