import { Logger, Module, type DynamicModule, type FactoryProvider, type ModuleMetadata } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { connectEventSources } from './event-sources.js';
import { publisherOf, WebhookPublisher, type BpocWebhooksOptions } from './webhook-publisher.js';

export interface BpocWebhooksAsyncOptions {
  imports?: ModuleMetadata['imports'];
  inject?: FactoryProvider['inject'];
  // oxlint-disable-next-line typescript/no-explicit-any -- the caller chooses what is injected
  useFactory: (...injected: any[]) => BpocWebhooksOptions | Promise<BpocWebhooksOptions>;
}

const OPTIONS = Symbol.for('bpoc-webhooks/options');
const LIFECYCLE = Symbol.for('bpoc-webhooks/lifecycle');

/**
 * Provides WebhookPublisher globally. Connects decorated events once the application has started. On shutdown
 * (`app.close()`, or a signal with `enableShutdownHooks`), waits for publishes in flight and stops the relay.
 */
export class BpocWebhooksModule {
  static forRoot(options: BpocWebhooksOptions = {}): DynamicModule {
    return BpocWebhooksModule.forRootAsync({ useFactory: () => options });
  }

  static forRootAsync({ imports = [], inject = [], useFactory }: BpocWebhooksAsyncOptions): DynamicModule {
    const logger = new Logger('BpocWebhooks');
    const log = (line: string): void => logger.warn(line);
    const lifecycle = (moduleRef: ModuleRef, publisher: WebhookPublisher): object => ({
      onApplicationBootstrap: async () => {
        await connectEventSources(moduleRef, publisher, log);
        publisher.start();
      },
      // The last hook: requests that are being answered may still publish.
      onApplicationShutdown: () => publisher.stop(),
    });
    return {
      module: BpocWebhooksModule,
      global: true,
      imports,
      providers: [
        { provide: OPTIONS, inject, useFactory },
        {
          provide: WebhookPublisher,
          inject: [OPTIONS],
          useFactory: (options: BpocWebhooksOptions) => publisherOf(options, log),
        },
        { provide: LIFECYCLE, inject: [ModuleRef, WebhookPublisher], useFactory: lifecycle },
      ],
      exports: [WebhookPublisher],
    };
  }
}
// Not as a decorator: the package is compiled without them.
Module({})(BpocWebhooksModule);
