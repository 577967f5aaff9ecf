import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

/*
 * AES-256-GCM with a ring of keys: the first encrypts, all decrypt. Layout of a ciphertext: 1 byte length of the key
 * id, the key id, 12 bytes nonce, 16 bytes tag, the encrypted bytes. The additional data binds it to its place
 * (purpose, agency, webhook), so that a ciphertext copied into another row does not decrypt there.
 */

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

export class KeyringError extends Error {}

/** Parses `k2:<base64>,k1:<base64>`. The message of a KeyringError is for the operator and never contains key bytes. */
export function parseKeyring(text: string): Map<string, Buffer> {
  const ring = new Map<string, Buffer>();
  for (const part of text.split(',')) {
    const [id, encoded, ...rest] = part.trim().split(':');
    if (!id || !encoded || rest.length > 0 || !/^[A-Za-z0-9_-]{1,32}$/.test(id)) {
      throw new KeyringError('must look like k1:<base64 of 32 bytes>, several separated by commas');
    }
    const key = Buffer.from(encoded, 'base64');
    if (key.length !== 32) throw new KeyringError(`key ${id} must be the base64 of 32 bytes`);
    if (ring.has(id)) throw new KeyringError(`key ${id} is listed twice`);
    ring.set(id, key);
  }
  return ring;
}

/** The id of the key that a ciphertext was encrypted with. */
export function keyIdOf(encrypted: Buffer): string {
  return encrypted.toString('utf8', 1, 1 + (encrypted[0] ?? 0));
}

export class Keyring {
  readonly #ring: Map<string, Buffer>;
  readonly #currentId: string;

  constructor(ring: Map<string, Buffer>) {
    const [first] = ring.keys();
    if (first === undefined) throw new KeyringError('the keyring is empty');
    this.#ring = ring;
    this.#currentId = first;
  }

  /** The id of the key that encrypts new values. */
  get currentKeyId(): string {
    return this.#currentId;
  }

  hasKey(id: string): boolean {
    return this.#ring.has(id);
  }

  /** `decrypt` needs the same `place`. */
  encrypt(text: string, place: string): Buffer {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv('aes-256-gcm', this.#ring.get(this.#currentId)!, nonce);
    cipher.setAAD(Buffer.from(place));
    const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
    const id = Buffer.from(this.#currentId);
    return Buffer.concat([Buffer.from([id.length]), id, nonce, cipher.getAuthTag(), body]);
  }

  /** Throws KeyringError if the key is not in the ring, or the ciphertext was altered or moved to another place. */
  decrypt(encrypted: Buffer, place: string): string {
    const idEnd = 1 + (encrypted[0] ?? 0);
    const key = this.#ring.get(keyIdOf(encrypted));
    if (!key) throw new KeyringError('this value was encrypted with a key that SECRETS_KEYS does not have');
    const nonceEnd = idEnd + NONCE_BYTES;
    const tagEnd = nonceEnd + TAG_BYTES;
    try {
      const decipher = createDecipheriv('aes-256-gcm', key, encrypted.subarray(idEnd, nonceEnd));
      decipher.setAAD(Buffer.from(place));
      decipher.setAuthTag(encrypted.subarray(nonceEnd, tagEnd));
      return decipher.update(encrypted.subarray(tagEnd), undefined, 'utf8') + decipher.final('utf8');
    } catch (error) {
      throw new KeyringError('this value cannot be decrypted: wrong key, or it was altered', { cause: error });
    }
  }
}
