/** What `--redact` and `--hash` take out of a record, and what they leave as it was. */
import { describe, expect, test } from 'vitest';
import { Concealer } from '../src/live/recordConceal.ts';
import { type Action, type Rule, readRule } from '../src/live/recordPaths.ts';

function rules(...given: readonly (readonly [Action, string])[]): readonly Rule[] {
  return given.map(([action, text]) => {
    const rule = readRule(action, text);
    if (typeof rule === 'string') throw new Error(rule);
    return rule;
  });
}

const concealer = (...given: readonly (readonly [Action, string])[]) => new Concealer(rules(...given), 'key', false);
const redact = (text: string, ...paths: readonly string[]) =>
  concealer(...paths.map((path) => ['redact', path] as const)).data(text);

describe('paths into data', () => {
  test.each([
    [
      '$.customer.email',
      '{"customer":{"email":"a@b.c","id":7},"email":"x"}',
      { customer: { email: '[redacted]', id: 7 }, email: 'x' },
    ],
    ['data.customer', '{"customer":{"email":"a","tags":[1]}}', { customer: {} }],
    ['$.items[*].price', '{"items":[{"price":5,"n":1},{"price":6}]}', { items: [{ price: 0, n: 1 }, { price: 0 }] }],
    ['$.items[1]', '{"items":["a","b","c"]}', { items: ['a', '[redacted]', 'c'] }],
    ["$['odd name']", '{"odd name":true,"other":true}', { 'odd name': false, other: true }],
    [
      '$..email',
      '{"email":"a","b":[{"email":"c"},{"d":{"email":null}}]}',
      { email: '[redacted]', b: [{ email: '[redacted]' }, { d: { email: null } }] },
    ],
    ['$.*.id', '{"a":{"id":1,"n":2},"b":{"id":"x"},"id":3}', { a: { id: 0, n: 2 }, b: { id: '[redacted]' }, id: 3 }],
    ['$.list', '{"list":[{"a":1}],"after":"]}"}', { list: [], after: ']}' }],
    ['$', '"all of it"', '"[redacted]"'],
    ['$.a', '{"\\u0061":"escaped","b":"\\"}"}', '{"\\u0061":"[redacted]","b":"\\"}"}'],
  ])('%s', (path, text, expected) => {
    expect(redact(text, path)).toEqual(expected);
  });

  test('whatever no path names stays as it was written', () => {
    const text = ' {"id" : 12345678901234567890, "x":1.0,\n "secret":"s","secret":"twice", "e":1e400}\n';
    expect(redact(text, '$.secret')).toBe(text.replace('"s"', '"[redacted]"').replace('"twice"', '"[redacted]"'));
    expect(redact(text, '$.nothing')).toBe(text);
  });

  test.each([
    'email',
    '$.',
    '$[',
    '$.a b',
    '$.a[x]',
    'customer.email',
    '',
    'headers',
    'attributes.a.b',
    'key.part',
    'headers[*]',
  ])('%s is refused in one sentence', (text) => {
    expect(readRule('hash', text)).toMatch(/^--hash: `.*\.$/);
  });
});

describe('a hash', () => {
  const { data } = {
    data: (text: string, key = 'key') => new Concealer(rules(['hash', '$.v']), key, false).data(text) as { v: unknown },
  };

  test('is the same for the same value and the same key, and of the same kind', () => {
    const { v } = data('{"v":"anna@example.com"}');
    expect(v).toMatch(/^[0-9a-f]{32}$/);
    expect(data('{"v":"anna@example.com"}').v).toBe(v);
    expect(data('{"v":"anna@example.com"}', 'other').v).not.toBe(v);
    expect(data('{"v":"anna@example.con"}').v).not.toBe(v);
    expect(data('{"v":5}').v).toBeTypeOf('number');
    expect(data('{"v":"5"}').v).not.toBe(data('{"v":5}').v);
    expect(data('{"v":12345678901234567890}').v).not.toBe(data('{"v":12345678901234567891}').v);
  });

  test('of a list or an object hashes what is in it', () => {
    const one = data('{"v":"a"}').v;
    expect(data('{"v":{"x":"a","y":["a",null,true]}}').v).toEqual({ x: one, y: [one, null, false] });
  });

  test('of a key is that of the same text in the data', () => {
    const conceal = concealer(['hash', '$.v'], ['hash', 'key']);
    expect(conceal.label('key', 'anna')).toBe((conceal.data('{"v":"anna"}') as { v: string }).v);
    expect(conceal.key(Buffer.from('anna'))).toBe(conceal.label('key', 'anna'));
  });

  test('gives way where the same value is redacted', () => {
    expect(concealer(['hash', '$.v'], ['redact', '$..v']).data('{"v":"a"}')).toEqual({ v: '[redacted]' });
  });
});

describe('data that is not JSON', () => {
  const bytes = Buffer.from([0xff, 0xfe, 0]);

  test('leaves as [redacted] where a path is given, and as it was where none is, or where it is to be kept', () => {
    const conceal = concealer(['redact', '$.a']);
    expect([conceal.data('no json'), conceal.data(bytes), conceal.data('{"a":1')]).toEqual(Array(3).fill('[redacted]'));
    expect(conceal.opaque).toBe(3);
    const keeping = new Concealer(rules(['redact', '$.a']), 'key', true);
    expect([keeping.data('no json'), keeping.data(bytes), keeping.opaque]).toEqual(['no json', { base64: '//4A' }, 2]);
    expect([concealer().data(bytes), concealer(['hash', 'key']).data('no json')]).toEqual([
      { base64: '//4A' },
      'no json',
    ]);
  });

  test('nesting that is too deep to be looked into counts as that', () => {
    const text = '['.repeat(200_000) + ']'.repeat(200_000);
    expect(redact(text, '$..a')).toBe('[redacted]');
  });
});

describe('a DynamoDB item', () => {
  const item = {
    id: { S: 'a' },
    email: { S: 'a@b.c' },
    age: { N: '41' },
    address: { M: { street: { S: 'x' }, tags: { L: [{ S: 't' }, { BOOL: true }] } } },
    set: { SS: ['a', 'b'] },
    bytes: { B: 'AAAA' },
  };

  test('is looked into by the names of its attributes, and keeps its types', () => {
    const conceal = concealer(
      ['redact', '$.email'],
      ['redact', '$.age'],
      ['redact', '$.address.tags'],
      ['redact', '$.set'],
      ['redact', '$.bytes'],
    );
    expect(conceal.item(item)).toEqual({
      id: { S: 'a' },
      email: { S: '[redacted]' },
      age: { N: '0' },
      address: { M: { street: { S: 'x' }, tags: { L: [] } } },
      set: { SS: ['[redacted]'] },
      bytes: { B: Buffer.from('[redacted]').toString('base64') },
    });
    expect(conceal.unmet).toEqual([]);
  });

  test('has the same hash in its keys as in its images; redacting a key is refused', () => {
    const conceal = concealer(['hash', '$.id']);
    const { id } = conceal.item({ id: { S: 'a' } }, true);
    expect(conceal.item(item).id).toEqual(id);
    expect(id?.S).toMatch(/^[0-9a-f]{32}$/);
    expect(() => concealer(['redact', '$.id']).item({ id: { S: 'a' } }, true)).toThrow(/use --hash \$\.id\.$/);
    expect(() => concealer(['redact', '$']).item({ id: { S: 'a' } }, true)).toThrow(/use --hash/);
  });
});

test('a deduplication id, which may be a hash of the body, is hashed with it', () => {
  expect(concealer().label('dedup', 'x')).toBe('x');
  expect(concealer(['redact', '$.a']).label('dedup', 'x')).toMatch(/^[0-9a-f]{32}$/);
});

test('which paths have found nothing is known', () => {
  const conceal = concealer(['redact', '$.a'], ['hash', '$.b'], ['hash', 'headers.c'], ['redact', '$.o']);
  conceal.data('{"a":1,"o":{}}');
  expect(conceal.unmet.map(({ text }) => text)).toEqual(['$.b', 'headers.c']);
});
