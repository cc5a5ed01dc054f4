import { describe, expect, test } from 'vitest';
import { HeldRecords } from '../src/heldRecords.ts';

const at = (position: string | number) => ({ position });

function holding(positions: Iterable<string | number>) {
  const held = new HeldRecords<{ readonly position: string | number }>();
  for (const position of positions) held.add(at(position));
  return held;
}

const numbers = (count: number) => Array.from({ length: count }, (_, index) => String(index * 3));

describe('held records', () => {
  test('are found by their positions, side by side or not', () => {
    const held = holding(numbers(1000));
    expect(held.all(['9', '12', '15'])).toEqual([at('9'), at('12'), at('15')]);
    expect(held.all(['0', '300', '2997'])).toEqual([at('0'), at('300'), at('2997')]);
    expect(held.get('10')).toBeUndefined();
    expect(() => held.all(['9', '10'])).toThrow('record 10 is not held');
  });

  test('are found by number too, where some are missing', () => {
    expect(holding([4, 5, 9, 10, 11]).all([5, 9, 11])).toEqual([at(5), at(9), at(11)]);
  });

  test('are forgotten up to the checkpoint, whose record stays', () => {
    const held = holding(numbers(20_000));
    held.forgetBefore('30000');
    expect(held.size).toBe(10_000);
    expect(held.get('29997')).toBeUndefined();
    expect(held.all(['30000', '59997'])).toEqual([at('30000'), at('59997')]);
    held.forgetBefore('29997');
    expect(held.size).toBe(10_000);
    held.add(at('60000'));
    held.forgetBefore('60000');
    expect(held.size).toBe(1);
  });

  test('are found although a stream that was made anew counts from the beginning', () => {
    const held = holding(['900', '901', '1', '2']);
    expect(held.all(['1', '2'])).toEqual([at('1'), at('2')]);
    held.forgetBefore('1');
    expect(held.size).toBe(2);
  });
});
