import { describe, expect, it } from '@jest/globals';
import { type Recipient, recipientResult } from './recipient-result.js';

const subscriber: Recipient = {
  delivery: null,
  created_later: false,
  deleted_before: false,
  subscribed: true,
  leftOut: false,
  webhook: { is_active: true },
};

describe('the result of a recipient', () => {
  it.each(['waiting', 'retrying', 'delivered', 'failed'] as const)(
    'of a delivery that is %s is told, whatever the settings',
    (status) => {
      const delivery = { status, reason: null };
      expect(recipientResult({ ...subscriber, delivery, subscribed: false, webhook: { is_active: false } })).toBe(
        'told',
      );
    },
  );

  it('comes from the delivery when the webhook was off or deleted', () => {
    expect(recipientResult({ ...subscriber, delivery: { status: 'skipped', reason: 'webhook_off' } })).toBe('off');
    const deleted = { status: 'cancelled', reason: 'webhook_deleted' } as const;
    expect(recipientResult({ ...subscriber, delivery: deleted })).toBe('deleted');
    expect(recipientResult({ ...subscriber, delivery: { status: 'cancelled', reason: 'cancelled' } })).toBe('told');
  });

  it('without a delivery comes from the settings: the first reason counts', () => {
    expect(recipientResult({ ...subscriber, created_later: true, subscribed: false })).toBe('created_later');
    expect(recipientResult({ ...subscriber, deleted_before: true, webhook: { is_active: false } })).toBe('deleted');
    expect(recipientResult({ ...subscriber, subscribed: false, webhook: { is_active: false } })).toBe('not_subscribed');
    expect(recipientResult({ ...subscriber, webhook: { is_active: false } })).toBe('off');
    expect(recipientResult(subscriber)).toBe('subscribed_later');
  });
});
