import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatMs, roundStep } from '../src/render/duration.ts';
import { plainLook } from '../src/render/look.ts';
import { sideBySide } from '../src/render/misses.ts';
import { columns, fit, fitMiddle, formatCount, hang, listNames, plural, wrap } from '../src/render/text.ts';

const look = plainLook(40);

describe('formatMs', () => {
  it.each([
    [0, '0s'],
    [1, '1ms'],
    [999, '999ms'],
    [1000, '1s'],
    [1050, '1.05s'],
    [60_000, '1m'],
    [61_050, '1m1.05s'],
    [3_600_000, '1h'],
    [90_061_001, '1d1h1m1.001s'],
    [-1500, '-1.5s'],
  ])('%i ms is %s', (ms, text) => expect(formatMs(ms)).toBe(text));

  it('loses nothing: no two times look the same', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 1e10 }),
        fc.integer({ min: 0, max: 1e10 }),
        (a, b) => a === b || formatMs(a) !== formatMs(b),
      ),
    );
  });

  it('divides a span into round steps', () => {
    expect(roundStep(61_000, 6)).toBe(15_000);
    expect(roundStep(24 * 3_600_000, 6)).toBe(6 * 3_600_000);
  });
});

describe('text in columns', () => {
  it('shortens at the end or in the middle', () => {
    expect(fit(look, 'abcdefgh', 5)).toBe('abcd…');
    expect(fitMiddle(look, 'shardId-000000000037', 8)).toBe('sha…0037');
    expect(fitMiddle(look, 'short', 8)).toBe('short');
  });

  it('wraps at spaces and hangs under a head', () => {
    expect(wrap(look, 'one two three', 7)).toEqual(['one two', 'three']);
    expect(hang(plainLook(24), 'head ', 'aaaaaaaaa bbbbbbbbb ccccccccc')).toEqual([
      'head aaaaaaaaa bbbbbbbbb',
      '     ccccccccc',
    ]);
  });

  it('lists as many names as fit', () => {
    expect(listNames(look, ['a', 'b', 'c'], 10)).toBe('a, b, c');
    expect(listNames(look, ['record-1', 'record-2', 'record-3'], 20)).toBe('record-1 and 2 more');
  });

  it('aligns columns', () => {
    expect(
      columns(
        look,
        [
          ['a', '1', 'x'],
          ['bcd', '10', 'y'],
        ],
        [1],
      ),
    ).toEqual(['a     1  x', 'bcd  10  y']);
  });

  it('counts in English', () => {
    expect([plural(1, 'batch'), plural(2, 'batch'), plural(2, 'delivery'), plural(1234, 'record')]).toEqual([
      '1 batch',
      '2 batches',
      '2 deliveries',
      '1,234 records',
    ]);
    expect(formatCount(1234567.891)).toBe('1,234,567.891');
  });
});

describe('expected and actual', () => {
  it('stand under each other when they are short', () => {
    expect(sideBySide(look, { min: 1 }, undefined)).toEqual(['expected  {"min":1}', 'actual    nothing']);
  });

  it('stand in two columns when they are long, with differing lines marked', () => {
    const wanted = [['ok.1', 'ok.2'], ['bad']];
    const got = [['ok.1', 'ok.2'], ['bad-and-long']];
    expect(sideBySide(look, wanted, got).join('\n')).toMatchInlineSnapshot(`
      "expected           actual
      (3 equal lines)
        "ok.2"             "ok.2"
       ],                 ],
       [                  [
        "bad"          |   "bad-and-long"
       ]                  ]
      ]                  ]"
    `);
  });
});
