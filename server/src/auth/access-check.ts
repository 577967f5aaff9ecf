import { Injectable, type OnModuleInit, RequestMethod } from '@nestjs/common';
import { METHOD_METADATA } from '@nestjs/common/constants.js';
import { DiscoveryService, MetadataScanner, Reflector } from '@nestjs/core';
import { ACCESS } from './allow.js';

/** Refuses to start with a route that does not declare its access: the guard would answer all its requests with 403. */
@Injectable()
export class AccessCheck implements OnModuleInit {
  constructor(
    private readonly discovery: DiscoveryService,
    private readonly scanner: MetadataScanner,
    private readonly reflector: Reflector,
  ) {}

  onModuleInit(): void {
    const undeclared = this.discovery.getControllers().flatMap(({ metatype }) => {
      if (typeof metatype !== 'function') return [];
      return this.#routes(metatype.prototype as object)
        .filter(({ handler }) => !this.reflector.getAllAndOverride<unknown>(ACCESS, [handler, metatype]))
        .map(({ method, name }) => `${metatype.name}.${name} (${method})`);
    });
    if (undeclared.length > 0) {
      throw new Error(`These routes lack @Allow, @AllowService or @Public: ${undeclared.join(', ')}`);
    }
  }

  #routes(prototype: object) {
    return this.scanner.getAllMethodNames(prototype).flatMap((name) => {
      const handler = (prototype as Record<string, () => unknown>)[name]!;
      const method = Reflect.getMetadata(METHOD_METADATA, handler) as RequestMethod | undefined;
      return method === undefined ? [] : [{ name, handler, method: RequestMethod[method] }];
    });
  }
}
