import { compileFilters, compilePattern, type FilterOptions, rules, type SourceKind } from '@millrace/semantics';
import { describe, expect, test } from 'vitest';

function ruleOfRefusal(pattern: string, kind: SourceKind = 'sqs', options: FilterOptions = {}): string {
  const compiled = compileFilters([pattern], kind, options);
  if (compiled.ok) return 'accepted';
  expect(compiled.message).toBe('Invalid filter pattern definition.');
  expect(compiled.detail).toMatch(/^[A-Z"].*[.\]]$/);
  return compiled.rule;
}

/** Lists that may not stand at a leaf. */
const badLists = [
  '[]',
  '[[]]',
  '[["x"]]',
  '[{}]',
  '[{"unknown":1}]',
  '[{"prefix":"a","suffix":"b"}]',
  '[{"prefix":1}]',
  '[{"prefix":{"suffix":"a"}}]',
  '[{"suffix":null}]',
  '[{"equals-ignore-case":["a"]}]',
  '[{"exists":"true"}]',
  '[{"exists":1}]',
  '[{"anything-but":[]}]',
  '[{"anything-but":null}]',
  '[{"anything-but":true}]',
  '[{"anything-but":["a",1]}]',
  '[{"anything-but":[["a"]]}]',
  '[{"anything-but":{}}]',
  '[{"anything-but":{"prefix":[]}}]',
  '[{"anything-but":{"prefix":1}}]',
  '[{"anything-but":{"exists":true}}]',
  '[{"numeric":1}]',
  '[{"numeric":[]}]',
  '[{"numeric":[">"]}]',
  '[{"numeric":[1]}]',
  '[{"numeric":[1,">"]}]',
  '[{"numeric":["!=",1]}]',
  '[{"numeric":[">","1"]}]',
  '[{"numeric":[">",1,"<"]}]',
  '[{"numeric":[">",1,"<",2,"<",3]}]',
  '[{"numeric":["=",1,"<",2]}]',
  '[{"numeric":["<",9,">",1]}]',
  '[{"numeric":[">",1,">",2]}]',
  '[{"numeric":[">",2,"<",2]}]',
  '[{"numeric":[">",1e999]}]',
  '[{"wildcard":"a**b"}]',
  '[{"wildcard":"a\\\\b"}]',
  '[{"wildcard":7}]',
];

describe('invalid patterns', () => {
  test.each([
    '',
    'simple string',
    'null',
    '"text"',
    '7',
    'true',
    '[]',
    '["x"]',
    '{',
    "{'a':['x']}",
    '{"a":["x"],}',
    '{}',
    '{"eventSource":"aws:sqs"}',
    '{"eventSource":[]}',
    '{"eventSource":null}',
    '{"eventSource":7}',
    '{"body":"text"}',
    '{"body":{}}',
    '{"body":{"a":"x"}}',
    '{"body":{"a":{"b":null}}}',
    '{"$or":{"a":["x"]}}',
    '{"$or":[]}',
    '{"$or":[{"a":["x"]}]}',
    '{"$or":["x","y"]}',
    '{"body":{"$or":[{"a":["x"]},{}]}}',
    '{"$or":[{"body":{"a":"x"}},{"eventSource":["x"]}]}',
  ])('%s', (pattern) => {
    expect(ruleOfRefusal(pattern)).toBe('filter.invalid-pattern');
  });

  test.each(badLists)('%s at a leaf of metadata, of data, and of a match', (list) => {
    expect(ruleOfRefusal(`{"eventSource":${list}}`)).toBe('filter.invalid-pattern');
    expect(ruleOfRefusal(`{"body":{"a":${list}}}`)).toBe('filter.invalid-pattern');
    expect(compilePattern({ a: JSON.parse(list) })).toMatchObject({ ok: false, rule: 'filter.invalid-pattern' });
  });

  test('one bad pattern refuses all', () => {
    expect(compileFilters(['{"a":["x"]}', 'null'], 'sqs')).toMatchObject({ ok: false, rule: 'filter.invalid-pattern' });
  });

  test('the detail names the place', () => {
    expect(compileFilters(['{"body":{"a":{"b":[{"exists":1}]}}}'], 'sqs')).toMatchObject({
      detail: '"body.a.b.exists" must be true or false.',
    });
    expect(compileFilters(['null'], 'sqs')).toMatchObject({ detail: expect.stringMatching(/^The pattern must be/) });
  });
});

describe('plain patterns for data', () => {
  test.each<readonly [SourceKind, string, string]>([
    ['sqs', 'body', 'accepted'],
    ['sqs-fifo', 'body', 'accepted'],
    ['msk', 'value', 'accepted'],
    ['msk', 'key', 'accepted'],
    ['self-managed-kafka', 'value', 'accepted'],
    ['kinesis', 'data', 'filter.plain-data-pattern-refused'],
    ['dynamodb', 'dynamodb', 'filter.plain-data-pattern-refused'],
    ['kinesis', 'partitionKey', 'accepted'],
    ['dynamodb', 'eventName', 'accepted'],
  ])('%s: a list at %s is %s', (kind, key, expected) => {
    expect(ruleOfRefusal(`{"${key}":["x"]}`, kind)).toBe(expected);
  });

  test('a $or does not hide one', () => {
    const pattern = '{"$or":[{"data":["x"]},{"partitionKey":["k"]}]}';
    expect(ruleOfRefusal(pattern, 'kinesis')).toBe('filter.plain-data-pattern-refused');
  });
});

describe('operators that are not in the table of Lambda', () => {
  test.each([
    '{"wildcard":"a*"}',
    '{"prefix":{"equals-ignore-case":"a"}}',
    '{"suffix":{"equals-ignore-case":"a"}}',
    '{"anything-but":{"prefix":"a"}}',
    '{"anything-but":{"wildcard":"a*"}}',
  ])('%s is accepted, and refused in strict mode', (operator) => {
    expect(ruleOfRefusal(`{"body":{"a":[${operator}]}}`)).toBe('accepted');
    expect(ruleOfRefusal(`{"body":{"a":[${operator}]}}`, 'sqs', { strict: true })).toBe('filter.operator-refused');
  });

  test.each([
    '"x"',
    '{"prefix":"a"}',
    '{"suffix":"a"}',
    '{"equals-ignore-case":"a"}',
    '{"anything-but":["a"]}',
    '{"numeric":["=",1]}',
    '{"exists":true}',
  ])('%s is accepted in strict mode', (operator) => {
    expect(ruleOfRefusal(`{"body":{"a":[${operator}]}}`, 'sqs', { strict: true })).toBe('accepted');
  });

  test('cidr is always refused', () => {
    expect(ruleOfRefusal('{"body":{"ip":[{"cidr":"10.0.0.0/24"}]}}')).toBe('filter.operator-refused');
  });
});

test('every rule of the area has a statement of one sentence', () => {
  const statements = Object.entries(rules).flatMap(([id, rule]) => (id.startsWith('filter.') ? [rule.statement] : []));
  expect(statements.length).toBeGreaterThan(10);
  for (const statement of statements) expect(statement).toMatch(/^[A-Z].*\.$/);
});
