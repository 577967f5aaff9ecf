import type { AddressInfo } from 'node:net';
import { Inject, Injectable } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { ENV, type Env } from '../config/env.js';
import { publicUrlOf } from '../config/public-url.js';

/** Links into the app for mails. Never built from the `Host` header of a request, which an attacker can choose. */
@Injectable()
export class AppLinks {
  constructor(
    private readonly adapterHost: HttpAdapterHost,
    @Inject(ENV) private readonly env: Pick<Env, 'publicUrl' | 'host'>,
  ) {}

  /** @param path begins with a slash. Returns null when this process does not listen and PUBLIC_URL is not set. */
  to(path: string): string | null {
    const address = this.adapterHost.httpAdapter?.getHttpServer()?.address() as AddressInfo | null | undefined;
    const base = this.env.publicUrl ?? (address ? publicUrlOf(this.env, address.port) : null);
    return base === null ? null : base + path;
  }
}
