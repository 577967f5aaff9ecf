import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { prettyJson } from './json-text';
import { jsonTree, type NoTree } from './json-tree';

const treeOf = (text: string) => {
  const reading = jsonTree(text);
  return reading && 'tree' in reading ? reading.tree : reading;
};
const because = (reason: NoTree) => ({ because: reason });

describe('JSON as a tree', () => {
  it('has the keys as written, in their order', () => {
    const tree = treeOf('{"b":1,"10":{"\\u0061":[true,null,"x"]},"__proto__":2,"":{}}');
    expect(Object.entries(tree as object)).toEqual([
      ['"b"', 1],
      ['"10"', { '"a"': [true, null, 'x'] }],
      ['"__proto__"', 2],
      ['""', {}],
    ]);
  });

  it.each(['<b>no</b>', '{"a":1', '', '"text"', '12', 'null', '{}', ' [ ] '])('is not there for %s', (text) => {
    expect(jsonTree(text)).toBeNull();
  });

  it.each(['12345678901234567890', '0.1234567890123456789', '-0', '1e400', '1e-400', `0.${'0'.repeat(99)}1`])(
    'is not there when it would show another number than %s',
    (number) => {
      expect(jsonTree(`{"id":${number}}`)).toEqual(because('number_changed'));
    },
  );

  it.each([
    ['9007199254740991', 9_007_199_254_740_991],
    ['1.50', 1.5],
    ['1E3', 1000],
    ['1e21', 1e21],
    ['0.0', 0],
    ['-12.5e-7', -0.000_001_25],
  ])('is there for %s, which is the same number when it is written in another way', (number, value) => {
    expect(treeOf(`[${number}]`)).toEqual([value]);
  });

  it.each(['{"a":1,"a":1}', '{"x":[{"a":1,"\\u0061":2}]}', '{"__proto__":1,"__proto__":2}'])(
    'is not there when it would drop a key: %s',
    (text) => {
      expect(jsonTree(text)).toEqual(because('key_twice'));
    },
  );

  it('is there for a key that is in two places', () => {
    expect(treeOf('[{"a":1},{"a":{"a":2}}]')).toEqual([{ '"a"': 1 }, { '"a"': { '"a"': 2 } }]);
  });

  it('is not built for more values than a browser can render at once', () => {
    const list = (length: number) => JSON.stringify(Array.from({ length }, () => 0));
    expect(treeOf(list(1_999))).toHaveLength(1_999);
    expect(jsonTree(list(2_000))).toEqual(because('too_much'));
  });

  it('is not built for JSON nested too deeply, which is not formatted either', () => {
    const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);
    expect(treeOf(nested(100))).toHaveLength(1);
    expect([jsonTree(nested(101)), prettyJson(nested(101)), prettyJson(nested(100_000))]).toEqual([null, null, null]);
  });

  it('contains what JSON.parse returns, except for the quotes around keys', () => {
    const unquoted = (value: unknown): unknown => {
      if (Array.isArray(value)) return value.map(unquoted);
      if (typeof value !== 'object' || value === null) return value;
      // From entries: a key of __proto__ is a key here too.
      return Object.fromEntries(Object.entries(value).map(([key, inner]) => [JSON.parse(key), unquoted(inner)]));
    };
    fc.assert(
      fc.property(fc.json({ maxDepth: 4 }), (text) => {
        const tree = treeOf(text);
        fc.pre(tree !== null);
        expect(unquoted(tree)).toEqual(JSON.parse(text));
      }),
    );
  });
});

describe('formatted JSON', () => {
  it('differs in white space only', () => {
    const text = '{"id":12345678901234567890,"a":1.0,"a":[ ],"u":"\\u0061 :,{","n":{"10":[1,{}],"2":null}}';
    expect(prettyJson(text)).toBe(
      [
        '{',
        '  "id": 12345678901234567890,',
        '  "a": 1.0,',
        '  "a": [],',
        '  "u": "\\u0061 :,{",',
        '  "n": {',
        '    "10": [',
        '      1,',
        '      {}',
        '    ],',
        '    "2": null',
        '  }',
        '}',
      ].join('\n'),
    );
  });

  it('looks as JSON.stringify writes it', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 4 }), (text) => {
        const normal = JSON.stringify(JSON.parse(text));
        expect(prettyJson(normal)).toBe(JSON.stringify(JSON.parse(text), null, 2));
      }),
    );
  });
});
