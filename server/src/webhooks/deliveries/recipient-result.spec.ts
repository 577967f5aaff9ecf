import { describe, expect, it } from '@jest/globals';
import { type Recipient, recipientResult } from './recipient-result.js';

const nobody: Recipient = {
  delivery: null,
  createdLater: false,
  deletedBefore: false,
  subscribed: true,
  isActive: true,
};

describe('who was told, and why not', () => {
  it.each(['waiting', 'retrying', 'delivered', 'failed'] as const)('%s means told, whatever the settings', (state) => {
    const delivery = { state, reason: null };
    expect(recipientResult({ ...nobody, delivery, subscribed: false, isActive: false })).toBe('told');
  });

  it('a delivery tells itself that the webhook was off or deleted', () => {
    expect(recipientResult({ ...nobody, delivery: { state: 'skipped', reason: 'webhook_off' } })).toBe('off');
    const deleted = { state: 'cancelled', reason: 'webhook_deleted' } as const;
    expect(recipientResult({ ...nobody, delivery: deleted })).toBe('deleted');
    expect(recipientResult({ ...nobody, delivery: { state: 'cancelled', reason: 'cancelled' } })).toBe('told');
  });

  it('without a delivery the settings tell: the earliest reason counts', () => {
    expect(recipientResult({ ...nobody, createdLater: true, subscribed: false })).toBe('created_later');
    expect(recipientResult({ ...nobody, deletedBefore: true, isActive: false })).toBe('deleted');
    expect(recipientResult({ ...nobody, subscribed: false, isActive: false })).toBe('not_subscribed');
    expect(recipientResult({ ...nobody, isActive: false })).toBe('off');
    expect(recipientResult(nobody)).toBe('subscribed_later');
  });
});
