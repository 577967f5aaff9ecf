import { createHash, timingSafeEqual } from 'node:crypto';

/** Constant-time comparison; hashing makes the lengths equal. */
export function constantTimeEqual(a: string, b: string): boolean {
  const hash = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(hash(a), hash(b));
}
