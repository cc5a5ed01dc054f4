import { compileFilters, type FilterView, matchesFilters, type SourceKind } from '@millrace/semantics';
import { describe, expect, test } from 'vitest';

function kept(kind: SourceKind, patterns: readonly string[], view: FilterView): boolean {
  const compiled = compileFilters(patterns, kind);
  if (!compiled.ok) throw new Error(compiled.detail);
  return matchesFilters(compiled.filters, view).kept;
}

const message = (text: string): FilterView => ({
  metadata: { eventSource: 'aws:sqs' },
  data: { body: { format: 'json', text } },
});

const change = (dynamodb: object, eventName = 'INSERT'): FilterView => ({
  metadata: { eventName, eventSource: 'aws:dynamodb' },
  data: { dynamodb: { format: 'json', text: JSON.stringify(dynamodb) } },
});

describe('SQS', () => {
  test.each([
    ['S18', '{"body":{"my-key":["my-value"]}}', '{"my-key":"my-value"}', '{"my-key":"other-value"}'],
    [
      'S19',
      '{"body":{"my-key":["my-value-one","my-value-two"]}}',
      '{"my-key":"my-value-two"}',
      '{"my-key":"other-value"}',
    ],
    ['S21', '{"body":{"my-key":[{"exists":true}]}}', '{"my-key":"any-value-one"}', '{"other-key":"any-value-two"}'],
    ['S22', '{"body":{"my-number":[{"numeric":[">",100]}]}}', '{"my-number":101}', '{"my-number":100}'],
    ['S23', '{"body":{"my-number":[{"numeric":["<",100]}]}}', '{"my-number":99}', '{"my-number":100}'],
    ['S25', '{"body":{"my-key":[{"prefix":"yes"}]}}', '{"my-key":"yes-value"}', '{"my-key":"no-value"}'],
  ])('%s: %s', (_id, pattern, matching, other) => {
    expect(kept('sqs', [pattern], message(matching))).toBe(true);
    expect(kept('sqs', [pattern], message(other))).toBe(false);
  });

  test('a plain body under a JSON pattern is dropped (valid-json-filter)', () => {
    const view: FilterView = { metadata: {}, data: { body: { format: 'plain', text: 'this is not JSON' } } };
    expect(kept('sqs', ['{"body":{"my-key":["my-value"]}}'], view)).toBe(false);
  });

  test.each([
    ['S27', 'null'],
    ['S28', 'simple string'],
    ['S29', '{"eventSource":"aws:sqs"}'],
    ['with S29', '{"eventSource":[]}'],
  ])('%s: %s is refused', (_id, pattern) => {
    expect(compileFilters([pattern], 'sqs')).toMatchObject({
      ok: false,
      message: 'Invalid filter pattern definition.',
    });
  });
});

test('K28: two mappings of one stream take their own records', () => {
  const record = (type: string): FilterView => ({
    metadata: { eventSource: 'aws:kinesis' },
    data: { data: { format: 'json', text: JSON.stringify({ event_type: type, message: 'foo' }) } },
  });
  for (const own of ['function_1', 'function_2']) {
    const patterns = [`{"data":{"event_type":["${own}"]}}`];
    const taken = ['function_1', 'function_2'].filter((type) => kept('kinesis', patterns, record(type)));
    expect(taken).toEqual([own]);
  }
});

describe('DynamoDB', () => {
  const image = (attributes: object): FilterView => change({ NewImage: { id: { S: 'id_value' }, ...attributes } });

  test('D09: by event name', () => {
    expect(kept('dynamodb', ['{"eventName":["INSERT"]}'], change({}))).toBe(true);
    expect(kept('dynamodb', ['{"eventName":["INSERT"]}'], change({}, 'MODIFY'))).toBe(false);
  });

  test('D11: event name and source', () => {
    const patterns = ['{"eventName":["INSERT"],"eventSource":["aws:dynamodb"]}'];
    expect(kept('dynamodb', patterns, change({}))).toBe(true);
    expect(kept('dynamodb', patterns, change({}, 'MODIFY'))).toBe(false);
  });

  test('D12: by attribute, with its type', () => {
    const typed = '{"dynamodb":{"NewImage":{"presentKey":{"S":["presentValue"]}}}}';
    const untyped = '{"dynamodb":{"NewImage":{"presentKey":["presentValue"]}}}';
    const item = image({ presentKey: { S: 'presentValue' } });
    expect(kept('dynamodb', [typed], item)).toBe(true);
    expect(kept('dynamodb', [typed], image({}))).toBe(false);
    expect(kept('dynamodb', [untyped], item)).toBe(false);
  });

  test('exists_false_filter: an attribute is no leaf, so exists false matches items with and without it', () => {
    const patterns = ['{"dynamodb":{"NewImage":{"presentKey":[{"exists":false}]}}}'];
    expect(kept('dynamodb', patterns, image({ presentKey: { S: 'presentValue' } }))).toBe(true);
    expect(kept('dynamodb', patterns, image({}))).toBe(true);
  });

  test('D15: numeric never matches an N, anything-but does', () => {
    const patterns = ['{"dynamodb":{"NewImage":{"n":{"N":[{"numeric":[">",100]},{"anything-but":"101"}]}}}}'];
    expect(kept('dynamodb', patterns, image({ n: { N: '42' } }))).toBe(true);
    expect(kept('dynamodb', patterns, image({ n: { N: '101' } }))).toBe(false);
  });

  test('D16: by prefix', () => {
    const patterns = ['{"dynamodb":{"NewImage":{"prefix":{"S":[{"prefix":"us-1"}]}}}}'];
    expect(kept('dynamodb', patterns, image({ prefix: { S: 'us-1-other-suffix' } }))).toBe(true);
    expect(kept('dynamodb', patterns, image({ prefix: { S: 'other-suffix' } }))).toBe(false);
  });

  test('D17: the creation time is a number', () => {
    const patterns = ['{"dynamodb":{"ApproximateCreationDateTime":[{"numeric":[">",0]}]}}'];
    expect(kept('dynamodb', patterns, change({ ApproximateCreationDateTime: 1_700_000_000 }))).toBe(true);
  });

  test('D18: a simple string is refused', () => {
    expect(compileFilters(['single-string'], 'dynamodb')).toMatchObject({
      ok: false,
      message: 'Invalid filter pattern definition.',
    });
  });
});
