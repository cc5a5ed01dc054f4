import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { NumberLiteral, parseKeepingNumbers } from '../src/filter/number-literals.ts';

/** The tree with plain numbers for its literals, as `JSON.parse` has them. */
function plain(value: unknown): unknown {
  if (value instanceof NumberLiteral) return value.value;
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, plain(member)]));
}

describe('a reader that keeps how numbers are written', () => {
  test('reads what JSON.parse reads', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 5 }), fc.constantFrom(0, 1, '\t', '\r\n '), (text, space) => {
        const spaced = JSON.stringify(JSON.parse(text), null, space);
        expect(plain(parseKeepingNumbers(spaced))).toEqual(JSON.parse(spaced));
      }),
    );
  });

  test('reads any string, as key and as value', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(parseKeepingNumbers(JSON.stringify(text))).toBe(text);
        const object = parseKeepingNumbers(JSON.stringify([Object.fromEntries([[text, text]])]));
        expect(object).toEqual([Object.fromEntries([[text, text]])]);
      }),
    );
  });

  test.each([
    ['"\\\\"', '\\'],
    ['"\\""', '"'],
    ['"\\\\\\""', '\\"'],
    ['["\\\\","\\""]', ['\\', '"']],
    ['{"":""}', { '': '' }],
    ['{"\\u0061":"\\n"}', { a: '\n' }],
    ['{"a":1,"a":{"b":[true,false,null]}}', { a: { b: [true, false, null] } }],
  ])('reads %s', (text, expected) => {
    expect(plain(parseKeepingNumbers(text))).toEqual(expected);
  });

  test.each(['0', '-0', '300', '300.0', '3.0e2', '3E+2', '1e-7', '12345678901234567890'])('keeps %s', (text) => {
    expect(parseKeepingNumbers(text)).toEqual(new NumberLiteral(text));
    expect(parseKeepingNumbers(`[ ${text} ,{"a":${text}}]`)).toEqual([
      new NumberLiteral(text),
      { a: new NumberLiteral(text) },
    ]);
  });

  test('keeps __proto__ as a key like any other', () => {
    const value = parseKeepingNumbers('{"__proto__":{"a":true}}');
    expect(Object.keys(value as object)).toEqual(['__proto__']);
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
  });

  test.each(['', '{', '[1,]', '{"a"}', '01', '1.', 'nul', '"a', '1 2', "'a'", '[1]]'])('refuses %s', (text) => {
    expect(() => parseKeepingNumbers(text)).toThrow(SyntaxError);
  });
});
