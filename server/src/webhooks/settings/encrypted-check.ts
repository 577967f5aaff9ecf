import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Keyring } from '../../lib/keyring.js';
import { ServiceDatabase } from '../../database/service-database.js';
import { checkEncrypted } from '../model/encrypted-secrets.js';

/** Refuses to start when the keyring lacks a key in use: every delivery of such a webhook would fail. */
@Injectable()
export class EncryptedSecretsCheck implements OnModuleInit {
  constructor(
    private readonly database: ServiceDatabase,
    private readonly keyring: Keyring,
  ) {}

  onModuleInit(): Promise<void> {
    return checkEncrypted(this.database, this.keyring);
  }
}
