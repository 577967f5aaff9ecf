import { createPrivateKey, generateKeyPairSync, randomBytes, sign, X509Certificate, type KeyObject } from 'node:crypto';

/*
 * X.509 certificates for TLS receivers, written by hand in DER: Node creates keys and signatures but not certificates,
 * a checked-in one would expire, and not every machine has openssl.
 */

export interface Issued {
  cert: string;
  key: string;
}

interface LeafOptions {
  hosts?: string[];
  notBefore?: Date;
  notAfter?: Date;
}

const DAY_MS = 86_400_000;

function tlv(tag: number, ...parts: Uint8Array[]): Buffer {
  const body = Buffer.concat(parts);
  const length = body.length < 128 ? Buffer.from([body.length]) : longLength(body.length);
  return Buffer.concat([Buffer.from([tag]), length, body]);
}

function longLength(length: number): Buffer {
  const hex = length.toString(16);
  const bytes = Buffer.from(hex.length % 2 ? `0${hex}` : hex, 'hex');
  return Buffer.concat([Buffer.from([0x80 | bytes.length]), bytes]);
}

const sequence = (...parts: Uint8Array[]): Buffer => tlv(0x30, ...parts);
const oid = (hex: string): Buffer => tlv(0x06, Buffer.from(hex, 'hex'));
const ECDSA_SHA256 = sequence(oid('2a8648ce3d040302'));
const COMMON_NAME = '550403';
const BASIC_CONSTRAINTS = '551d13';
const KEY_USAGE = '551d0f';
const ALTERNATIVE_NAMES = '551d11';

const nameOf = (text: string): Buffer => sequence(tlv(0x31, sequence(oid(COMMON_NAME), tlv(0x0c, Buffer.from(text)))));
const timeOf = (date: Date): Buffer => tlv(0x18, Buffer.from(date.toISOString().replace(/[-:T]|\.\d+/g, '')));
const extension = (id: string, value: Buffer): Buffer =>
  sequence(oid(id), tlv(0x01, Buffer.from([0xff])), tlv(0x04, value));

function alternativeNames(hosts: string[]): Buffer {
  const isIp = (host: string): boolean => /^[\d.]+$/.test(host);
  const one = (host: string): Buffer =>
    isIp(host) ? tlv(0x87, Buffer.from(host.split('.').map(Number))) : tlv(0x82, Buffer.from(host));
  return extension(ALTERNATIVE_NAMES, sequence(...hosts.map(one)));
}

interface Content {
  subject: string;
  issuer: string;
  publicKey: KeyObject;
  notBefore: Date;
  notAfter: Date;
  extensions: Buffer[];
}

function certificate(content: Content, signer: KeyObject): string {
  const serial = randomBytes(12);
  serial[0] = (serial[0]! & 0x7f) | 0x01;
  const body = sequence(
    tlv(0xa0, tlv(0x02, Buffer.from([2]))),
    tlv(0x02, serial),
    ECDSA_SHA256,
    nameOf(content.issuer),
    sequence(timeOf(content.notBefore), timeOf(content.notAfter)),
    nameOf(content.subject),
    content.publicKey.export({ type: 'spki', format: 'der' }),
    tlv(0xa3, sequence(...content.extensions)),
  );
  const signature = sign('sha256', body, signer);
  const der = sequence(body, ECDSA_SHA256, tlv(0x03, Buffer.from([0]), signature));
  return new X509Certificate(der).toString();
}

function newKey(): { publicKey: KeyObject; privateKey: KeyObject; pem: string } {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return { publicKey, privateKey, pem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() };
}

/** A certificate authority of a test, valid for a day. */
export class TestAuthority {
  readonly cert: string;
  readonly #key: string;

  constructor(readonly name = `BPOC test authority ${randomBytes(4).toString('hex')}`) {
    const { publicKey, privateKey, pem } = newKey();
    this.#key = pem;
    const constraints = extension(BASIC_CONSTRAINTS, sequence(tlv(0x01, Buffer.from([0xff]))));
    const usage = extension(KEY_USAGE, tlv(0x03, Buffer.from([1, 0x06])));
    this.cert = certificate(
      { subject: name, issuer: name, publicKey, ...validity({}), extensions: [constraints, usage] },
      privateKey,
    );
  }

  /** A server certificate; default: for localhost and 127.0.0.1, valid today. */
  issue({ hosts = ['localhost', '127.0.0.1'], ...times }: LeafOptions = {}): Issued {
    const { publicKey, pem } = newKey();
    const content = { subject: hosts[0]!, issuer: this.name, publicKey, ...validity(times) };
    const cert = certificate({ ...content, extensions: [alternativeNames(hosts)] }, createPrivateKey(this.#key));
    return { cert, key: pem };
  }
}

function validity({ notBefore, notAfter }: LeafOptions): { notBefore: Date; notAfter: Date } {
  const now = Date.now();
  return { notBefore: notBefore ?? new Date(now - DAY_MS), notAfter: notAfter ?? new Date(now + DAY_MS) };
}
