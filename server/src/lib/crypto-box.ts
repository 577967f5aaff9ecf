import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

/*
 * AES-256-GCM with a ring of keys: the first encrypts, all decrypt. Box layout: 1 byte length of the key id, the key id, 12 bytes nonce,
 * 16 bytes tag, cipher text. The additional data binds a box to its place (purpose, agency, webhook), so a box copied into another
 * row does not open there.
 */

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

export class CryptoBoxError extends Error {}

/** Parses `k2:<base64>,k1:<base64>`. Throws CryptoBoxError with a sentence fit for the operator, never with key bytes. */
export function parseKeyRing(text: string): Map<string, Buffer> {
  const ring = new Map<string, Buffer>();
  for (const part of text.split(',')) {
    const [id, encoded, ...rest] = part.trim().split(':');
    if (!id || !encoded || rest.length > 0 || !/^[A-Za-z0-9_-]{1,32}$/.test(id)) {
      throw new CryptoBoxError('must look like k1:<base64 of 32 bytes>, several separated by commas');
    }
    const key = Buffer.from(encoded, 'base64');
    if (key.length !== 32) throw new CryptoBoxError(`key ${id} must be the base64 of 32 bytes`);
    if (ring.has(id)) throw new CryptoBoxError(`key ${id} is there twice`);
    ring.set(id, key);
  }
  return ring;
}

/** The id of the key that encrypted a box. */
export function keyIdOf(box: Buffer): string {
  return box.toString('utf8', 1, 1 + (box[0] ?? 0));
}

export class CryptoBox {
  readonly #ring: Map<string, Buffer>;
  readonly #currentId: string;

  constructor(ring: Map<string, Buffer>) {
    const [first] = ring.keys();
    if (first === undefined) throw new CryptoBoxError('the key ring is empty');
    this.#ring = ring;
    this.#currentId = first;
  }

  /** The id of the key that encrypts. */
  get currentKeyId(): string {
    return this.#currentId;
  }

  hasKey(id: string): boolean {
    return this.#ring.has(id);
  }

  /** Encrypts UTF-8 text. `place` must be given again, alike, to open the box. */
  seal(text: string, place: string): Buffer {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv('aes-256-gcm', this.#ring.get(this.#currentId)!, nonce);
    cipher.setAAD(Buffer.from(place));
    const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
    const id = Buffer.from(this.#currentId);
    return Buffer.concat([Buffer.from([id.length]), id, nonce, cipher.getAuthTag(), body]);
  }

  /** Opens a box. Throws CryptoBoxError when the key is not in the ring, or the box was changed or moved. */
  open(box: Buffer, place: string): string {
    const idEnd = 1 + (box[0] ?? 0);
    const key = this.#ring.get(keyIdOf(box));
    if (!key) throw new CryptoBoxError('this value was encrypted with a key that SECRETS_KEYS does not have');
    const nonceEnd = idEnd + NONCE_BYTES;
    const tagEnd = nonceEnd + TAG_BYTES;
    try {
      const decipher = createDecipheriv('aes-256-gcm', key, box.subarray(idEnd, nonceEnd));
      decipher.setAAD(Buffer.from(place));
      decipher.setAuthTag(box.subarray(nonceEnd, tagEnd));
      return decipher.update(box.subarray(tagEnd), undefined, 'utf8') + decipher.final('utf8');
    } catch (error) {
      throw new CryptoBoxError('this value does not open: another key, or it was changed', { cause: error });
    }
  }
}
