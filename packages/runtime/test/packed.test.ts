import type { Position } from '@millrace/semantics';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { packed, unpacked } from '../src/packed.ts';

const BIG = '49672836472384723847238472384723847238472384723847238400';

/** Through text and back. */
const written = (positions: readonly Position[]) => JSON.stringify(packed(positions));
const read = (text: string) => unpacked(JSON.parse(text));

const anything = fc.array(fc.oneof(fc.nat(20), fc.stringMatching(/^\d{0,4}$/), fc.constant(BIG), fc.string()));
const runs = fc
  .tuple(fc.nat(2 ** 40), fc.nat(30))
  .map(([first, count]) => Array.from({ length: count }, (_, i) => first + i));
const numbers = fc.tuple(runs, runs).map(([one, other]) => [...one, ...other]);
const sequences = fc.array(fc.bigInt({ min: 0n, max: 10n ** 9n })).map((some) => some.map((n) => `${BigInt(BIG) + n}`));

test('positions come back as they were, whatever they are', () => {
  const positions = fc.oneof(anything, runs, numbers, sequences) as fc.Arbitrary<Position[]>;
  fc.assert(
    fc.property(positions, (some) => void expect(read(written(some))).toEqual(some)),
    { numRuns: 2000 },
  );
});

test('offsets in a row are two numbers', () => {
  expect(written([41, 42, 43])).toBe('{"first":41,"count":3}');
  expect(written([41, 43])).toBe('[41,43]');
});

test('what all sequence numbers begin with is written once', () => {
  expect(written([`${BIG}12`, `${BIG}34`])).toBe(`{"head":"${BIG}","tails":["12","34"]}`);
});

test('a position that begins with another one loses nothing', () => {
  expect(read(written(['12', '123', '12']))).toEqual(['12', '123', '12']);
});
