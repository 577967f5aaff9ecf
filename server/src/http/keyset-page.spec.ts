import { describe, expect, it } from '@jest/globals';
import { AppError } from '../lib/app-error.js';
import { uuidv7 } from '../lib/ids.js';
import { type PageBounds, pageOf } from './keyset-page.js';

const IDS = [uuidv7(), uuidv7(), uuidv7()].toSorted().toReversed();

const find = ({ before, limit }: PageBounds) =>
  Promise.resolve(IDS.filter((id) => before === null || id < before).map((id) => ({ id }))).then((rows) =>
    rows.slice(0, limit),
  );

const encoded = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

describe('keyset pages', () => {
  it('contain at most the limit, with a cursor after the last row if there are more', async () => {
    const first = await pageOf({ limit: 2 }, find);
    expect(first.data).toEqual([{ id: IDS[0] }, { id: IDS[1] }]);
    const second = await pageOf({ limit: 2, cursor: first.next_cursor! }, find);
    expect(second).toEqual({ data: [{ id: IDS[2] }], next_cursor: null });
  });

  it('end with a null cursor', async () => {
    expect(await pageOf({ limit: 3 }, find)).toMatchObject({ data: { length: 3 }, next_cursor: null });
    expect(await pageOf({ limit: 3 }, () => Promise.resolve([]))).toEqual({ data: [], next_cursor: null });
  });

  it.each(['', 'x', '!!!', encoded([IDS[0], IDS[1]]), encoded([1]), encoded(['no uuid']), encoded(null), encoded({})])(
    'refuse the forged cursor %j, naming the field',
    async (cursor) => {
      const page = pageOf({ limit: 2, cursor }, find);
      await expect(page).rejects.toThrow(AppError);
      await expect(page).rejects.toThrow(/next_cursor/);
    },
  );
});
