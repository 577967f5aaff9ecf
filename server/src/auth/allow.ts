import { applyDecorators, SetMetadata } from '@nestjs/common';
import { ApiExtension, ApiSecurity } from '@nestjs/swagger';
import { ApiProblems } from '../http/api-problems.js';
import { type Right, roleFor, type ServiceScope } from './role.js';

/** What a route requires of its caller. The server does not start with a route that declares nothing. */
export type Access = { kind: 'public' } | { kind: 'right'; right: Right } | { kind: 'service'; scope: ServiceScope };

export const ACCESS = Symbol('access');

const declare = (access: Access): MethodDecorator & ClassDecorator => SetMetadata(ACCESS, access);

/**
 * People and API keys of an agency with this right; `role.ts` maps roles to rights. On a method, or on a class for all
 * its methods (the method wins).
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

/** Services of the platform with this scope. The route must check the agency with `demandAgency`. */
export function AllowService(scope: ServiceScope): MethodDecorator & ClassDecorator {
  return applyDecorators(
    declare({ kind: 'service', scope }),
    ApiExtension('x-required-scope', scope),
    ApiSecurity('service_token'),
    ApiProblems('unauthenticated', 'forbidden', 'cross_site_request'),
  );
}

/** No sign-in required. Say why at the route. */
export function Public(): MethodDecorator & ClassDecorator {
  return declare({ kind: 'public' });
}
