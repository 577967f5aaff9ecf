import type { AddressInfo } from 'node:net';
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { parseUrl } from '../../lib/parse-url.js';
import { AppError, fieldError } from '../../lib/app-error.js';
import { ENV, type Env } from '../../config/env.js';
import { publicUrlOf } from '../../config/public-url.js';
import { GuardedClient } from '../../outbound/guarded-client.js';
import type { EntityManager } from 'typeorm';
import { sha256 } from '../../auth/tokens.js';
import { Inbox } from './inbox.entity.js';

const TOKEN_LENGTH = 43;

/**
 * `<PUBLIC_URL>/inbox/<token>`: the only address of this server that a webhook may have. The guarded client connects to
 * the listener of this process instead, so inboxes work offline and behind a proxy that this machine cannot reach.
 */
@Injectable()
export class InboxAddress implements OnModuleInit {
  #base: string | null = null;

  constructor(
    private readonly adapterHost: HttpAdapterHost,
    private readonly client: GuardedClient,
    @Inject(ENV) private readonly env: Env,
  ) {}

  /** The port is known only when the server listens. */
  onModuleInit(): void {
    this.adapterHost.listen$.subscribe(() => this.#open());
  }

  /** Throws AppError inbox_unavailable. */
  of(token: string): string {
    if (this.#base) return `${this.#base}/inbox/${token}`;
    throw new AppError('inbox_unavailable', 'A test inbox needs the setting PUBLIC_URL with an https address.');
  }

  /** The token of a test inbox address; null for other addresses. */
  tokenOf(url: string): string | null {
    return this.client.isOwnInbox(url) ? url.slice(-TOKEN_LENGTH) : null;
  }

  /** Whether the address is on this server, where only test inboxes receive messages. */
  isOwn(url: string): boolean {
    const parsed = parseUrl(url);
    if (!this.#base || !parsed) return false;
    const own = new URL(this.#base);
    return parsed.port === own.port && parsed.hostname.replace(/\.$/, '') === own.hostname;
  }

  #open(): void {
    const { address, port } = this.adapterHost.httpAdapter.getHttpServer().address() as AddressInfo;
    const base = publicUrlOf(this.env, port);
    if (!this.#isAllowed(base)) return;
    this.#base = base;
    this.client.setSelfOrigin({ prefix: `${base}/inbox/`, host: address, port });
  }

  /** Anyone can post there, so plain http is only for the demo and for a trial on one machine. */
  #isAllowed(base: string): boolean {
    const { protocol, hostname } = new URL(base);
    return protocol === 'https:' || this.env.databaseUrl === null || hostname === 'localhost' || hostname === '[::1]';
  }
}

/** The id of the agency's test inbox with this token. Throws AppError validation_failed on `url`. */
export async function findInboxAt(manager: EntityManager, agencyId: string, token: string): Promise<string> {
  // Locked, so that it is not evicted while a webhook is being pointed at it.
  const inbox = await manager.findOne(Inbox, {
    select: { id: true },
    where: { agencyId, hash: sha256(token) },
    lock: { mode: 'for_key_share' },
  });
  if (inbox) return inbox.id;
  throw fieldError('url', 'unknown_inbox', 'This test inbox no longer exists. Create a new one.');
}
