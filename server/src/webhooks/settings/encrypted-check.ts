import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Keyring } from '../../lib/keyring.js';
import { ServiceDatabase } from '../../database/service-database.js';
import { checkSealed } from '../model/encrypted-secrets.js';

/** Refuses to start with a ring that lacks a key in use: each delivery of such a webhook would fail. */
@Injectable()
export class SealedCheck implements OnModuleInit {
  constructor(
    private readonly database: ServiceDatabase,
    private readonly keyring: Keyring,
  ) {}

  onModuleInit(): Promise<void> {
    return checkSealed(this.database, this.keyring);
  }
}
