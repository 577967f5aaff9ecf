import { act, renderHook } from '@testing-library/react';
import { afterEach, expect, it } from '@jest/globals';
import type { LiveDelivery } from './messages';
import { addUnseen, clearUnseen, useUnseenItems } from './unseen-items';

afterEach(() => act(clearUnseen));

const liveDelivery = ({ id }: { id: string }) => ({ id }) as LiveDelivery;

it('a message is added to any number of others without copying them', () => {
  const { result } = renderHook(() => useUnseenItems());
  act(() => addUnseen([liveDelivery({ id: 'd0' })]));
  const { byId } = result.current;
  act(() => addUnseen(Array.from({ length: 2_000 }, (_, n) => liveDelivery({ id: `d${n}` }))));
  act(() => addUnseen([liveDelivery({ id: 'd2000' })]));
  expect(result.current.byId).toBe(byId);
  expect([result.current.byId.size, result.current.more, byId.has('d0'), byId.has('d2000')]).toEqual([
    2_000,
    true,
    false,
    true,
  ]);
});
