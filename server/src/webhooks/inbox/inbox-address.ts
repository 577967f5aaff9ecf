import type { AddressInfo } from 'node:net';
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { parseUrl } from '../../lib/parse-url.js';
import { AppError } from '../../lib/app-error.js';
import { ENV, type Env } from '../../config/env.js';
import { publicUrlOf } from '../../config/public-url.js';
import { GuardedClient } from '../../outbound/guarded-client.js';

const TOKEN_LENGTH = 43;

/**
 * `<PUBLIC_URL>/inbox/<token>`: the one address of our own that webhooks may have. The guarded client brings such messages to this
 * process's own listener, so the inbox works without internet and behind a proxy that this machine cannot reach.
 */
@Injectable()
export class InboxAddress implements OnModuleInit {
  #base: string | null = null;

  constructor(
    private readonly adapterHost: HttpAdapterHost,
    private readonly client: GuardedClient,
    @Inject(ENV) private readonly env: Env,
  ) {}

  /** The port is known only once the server listens. */
  onModuleInit(): void {
    this.adapterHost.listen$.subscribe(() => this.#open());
  }

  /** Throws AppError inbox_unavailable. */
  of(token: string): string {
    if (this.#base) return `${this.#base}/inbox/${token}`;
    throw new AppError('inbox_unavailable', 'A test inbox needs the setting PUBLIC_URL with an https address.');
  }

  /** The token of an address that can only be a test inbox; null for every other. */
  tokenOf(url: string): string | null {
    return this.client.isOwnInbox(url) ? url.slice(-TOKEN_LENGTH) : null;
  }

  /** Whether the address leads to this server, where there is nothing for messages but the test inbox. */
  isOurs(url: string): boolean {
    const asked = parseUrl(url);
    if (!this.#base || !asked) return false;
    const ours = new URL(this.#base);
    return asked.port === ours.port && asked.hostname.replace(/\.$/, '') === ours.hostname;
  }

  #open(): void {
    const { address, port } = this.adapterHost.httpAdapter.getHttpServer().address() as AddressInfo;
    const base = publicUrlOf(this.env, port);
    if (!this.#mayBe(base)) return;
    this.#base = base;
    this.client.setSelfOrigin({ prefix: `${base}/inbox/`, host: address, port });
  }

  /** Others can post there too, so plain http is for the demo and for trying it on one machine. */
  #mayBe(base: string): boolean {
    const { protocol, hostname } = new URL(base);
    return protocol === 'https:' || this.env.databaseUrl === null || hostname === 'localhost' || hostname === '[::1]';
  }
}
