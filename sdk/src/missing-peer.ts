/** An optional peer dependency is not installed, so retrying does not help. */
export class MissingPeer extends Error {
  override readonly name = 'MissingPeer';

  constructor(peer: string, why: string, cause: unknown) {
    super(`the package "${peer}" is not installed, and ${why}: npm install ${peer}`, { cause });
  }
}
