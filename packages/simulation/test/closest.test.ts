import { describe, expect, it } from 'vitest';
import { closestNames, didYouMean } from '../src/closest.ts';

const names = ['orders', 'order-2', 'payments', 'bad', 'bed', 'ORDERS'];

describe('closest names', () => {
  it.each([
    ['ordrs', ['orders', 'ORDERS']],
    ['bda', ['bad']],
    ['bat', ['bad']],
    ['b', []],
    ['payment', ['payments']],
    ['something-else', []],
  ])('%s: %j', (name, close) => expect(closestNames(name, names)).toEqual(close));

  it('puts the closest first and stops at the most asked for', () => {
    expect(closestNames('bid', ['bind', 'bed', 'bid'], 2)).toEqual(['bid', 'bind']);
  });

  it('asks in English', () => {
    expect(didYouMean('payment', names)).toBe(' Did you mean payments?');
    expect(didYouMean('bd', ['ba', 'bb', 'bc'])).toBe(' Did you mean ba, bb or bc?');
    expect(didYouMean('zzz', names)).toBe('');
  });
});
