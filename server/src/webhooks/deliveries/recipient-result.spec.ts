import { describe, expect, it } from '@jest/globals';
import { type Recipient, recipientResult } from './recipient-result.js';

const subscriber: Recipient = {
  delivery: null,
  createdLater: false,
  deletedBefore: false,
  subscribed: true,
  isActive: true,
};

describe('the result of a recipient', () => {
  it.each(['waiting', 'retrying', 'delivered', 'failed'] as const)(
    'of a delivery that is %s is told, whatever the settings',
    (state) => {
      const delivery = { state, reason: null };
      expect(recipientResult({ ...subscriber, delivery, subscribed: false, isActive: false })).toBe('told');
    },
  );

  it('comes from the delivery when the webhook was off or deleted', () => {
    expect(recipientResult({ ...subscriber, delivery: { state: 'skipped', reason: 'webhook_off' } })).toBe('off');
    const deleted = { state: 'cancelled', reason: 'webhook_deleted' } as const;
    expect(recipientResult({ ...subscriber, delivery: deleted })).toBe('deleted');
    expect(recipientResult({ ...subscriber, delivery: { state: 'cancelled', reason: 'cancelled' } })).toBe('told');
  });

  it('without a delivery comes from the settings: the first reason counts', () => {
    expect(recipientResult({ ...subscriber, createdLater: true, subscribed: false })).toBe('created_later');
    expect(recipientResult({ ...subscriber, deletedBefore: true, isActive: false })).toBe('deleted');
    expect(recipientResult({ ...subscriber, subscribed: false, isActive: false })).toBe('not_subscribed');
    expect(recipientResult({ ...subscriber, isActive: false })).toBe('off');
    expect(recipientResult(subscriber)).toBe('subscribed_later');
  });
});
