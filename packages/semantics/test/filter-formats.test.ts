import {
  compileFilters,
  type DecodedData,
  type FilterVerdict,
  matchesFilters,
  type SourceKind,
} from '@millrace/semantics';
import { describe, expect, test } from 'vitest';

const metadata = { eventSource: 'aws:x', eventName: 'INSERT' };

function verdict(kind: SourceKind, patterns: readonly object[], data: Record<string, DecodedData>): FilterVerdict {
  const compiled = compileFilters(
    patterns.map((pattern) => JSON.stringify(pattern)),
    kind,
  );
  if (!compiled.ok) throw new Error(compiled.detail);
  return matchesFilters(compiled.filters, { metadata, data });
}

const json: DecodedData = { format: 'json', text: '{"k":"v"}' };
const plain: DecodedData = { format: 'plain', text: 'v' };
const binary: DecodedData = { format: 'binary' };
const absent: DecodedData = { format: 'absent' };

/** Patterns for the data by the format that they want, with one that fits the data above and one that does not. */
const wanted = {
  'JSON, fitting': { k: ['v'] },
  'JSON, not fitting': { k: ['w'] },
  'plain, fitting': ['v'],
  'plain, not fitting': ['w'],
  none: undefined,
} as const;

const matched = 'kept filter.filter-matched';
const missed = 'dropped filter.no-filter-matched';
const drops = 'dropped filter.format-mismatch-drops';
const metadataOnly = 'kept filter.format-mismatch-metadata-only';
const missing = 'dropped filter.absent-value-is-missing';

type Row = readonly [DecodedData, keyof typeof wanted, string];

const sqs: readonly Row[] = [
  [plain, 'plain, fitting', matched],
  [plain, 'plain, not fitting', missed],
  [plain, 'none', matched],
  [plain, 'JSON, fitting', drops],
  [json, 'plain, fitting', drops],
  [json, 'none', matched],
  [json, 'JSON, fitting', matched],
  [json, 'JSON, not fitting', missed],
];
const streams: readonly Row[] = [
  [json, 'JSON, fitting', matched],
  [json, 'JSON, not fitting', missed],
  [json, 'none', matched],
  [plain, 'JSON, fitting', drops],
  [plain, 'none', matched],
  [binary, 'JSON, fitting', drops],
  [binary, 'none', matched],
];
const kafka: readonly Row[] = [
  [plain, 'plain, fitting', matched],
  [plain, 'plain, not fitting', missed],
  [plain, 'none', matched],
  [plain, 'JSON, fitting', metadataOnly],
  [plain, 'JSON, not fitting', metadataOnly],
  [json, 'plain, fitting', metadataOnly],
  [json, 'plain, not fitting', metadataOnly],
  [json, 'none', matched],
  [json, 'JSON, fitting', matched],
  [json, 'JSON, not fitting', missed],
  [binary, 'plain, not fitting', metadataOnly],
  [binary, 'JSON, not fitting', metadataOnly],
  [binary, 'none', matched],
  [absent, 'plain, fitting', missing],
  [absent, 'JSON, fitting', missing],
  [absent, 'none', matched],
];

const matrix = (
  [
    ['sqs', 'body', sqs],
    ['sqs-fifo', 'body', sqs],
    ['kinesis', 'data', streams],
    ['dynamodb', 'dynamodb', streams],
    ['msk', 'value', kafka],
    ['msk', 'key', kafka],
    ['self-managed-kafka', 'value', kafka],
  ] as const
).flatMap(([kind, key, rows]) => rows.map((row) => [kind, key, row[0].format, row[1], row[2], row[0]] as const));

describe('the format matrix', () => {
  test.each(matrix)('%s: %s is %s, pattern is %s: %s', (kind, key, _format, want, expected, data) => {
    const pattern = { eventSource: ['aws:x'], ...(wanted[want] && { [key]: wanted[want] }) };
    const { kept, rule } = verdict(kind, [pattern], { [key]: data });
    expect(`${kept ? 'kept' : 'dropped'} ${rule}`).toBe(expected);
  });

  test.each(matrix)('%s: %s is %s, pattern is %s: metadata that misses drops it', (kind, key, _f, want, _e, data) => {
    const pattern = { eventSource: ['aws:y'], ...(wanted[want] && { [key]: wanted[want] }) };
    expect(verdict(kind, [pattern], { [key]: data })).toEqual({ kept: false, rule: 'filter.no-filter-matched' });
  });

  test('Kafka: a filter with nothing but conditions on data of another format keeps the record', () => {
    expect(verdict('msk', [{ value: { k: ['w'] } }], { value: plain })).toEqual({
      kept: true,
      rule: 'filter.format-mismatch-metadata-only',
    });
  });

  test('Kafka: a null value is missing, which exists false finds', () => {
    const expected = { kept: true, rule: 'filter.absent-value-is-missing' };
    expect(verdict('msk', [{ value: { k: [{ exists: false }] } }], { value: absent })).toEqual(expected);
    expect(verdict('msk', [{ value: [{ exists: false }] }], { value: absent })).toEqual(expected);
  });

  test('Kafka: a null value that stands in the metadata is missing as well', () => {
    const compiled = compileFilters(['{"value":["v"]}'], 'msk');
    if (!compiled.ok) throw new Error(compiled.detail);
    const expected = { kept: false, rule: 'filter.absent-value-is-missing' };
    expect(matchesFilters(compiled.filters, { metadata: { value: null }, data: {} })).toEqual(expected);
    expect(matchesFilters(compiled.filters, { metadata: {}, data: {} })).toEqual(expected);
  });

  test('metadata has its own fields only', () => {
    expect(verdict('sqs', [{ constructor: [{ exists: false }] }], { body: json }).kept).toBe(true);
    expect(verdict('sqs', [{ constructor: [{ 'anything-but': 'x' }] }], { body: json }).kept).toBe(false);
  });

  test('a format mismatch in one filter leaves the others to decide', () => {
    expect(verdict('sqs', [{ body: { k: ['v'] } }, { body: ['v'] }], { body: plain }).kept).toBe(true);
    expect(verdict('sqs', [{ body: { k: ['v'] } }, { body: ['w'] }], { body: plain })).toEqual({
      kept: false,
      rule: 'filter.format-mismatch-drops',
    });
  });

  test('a $or may mix data and metadata', () => {
    const pattern = { $or: [{ body: { k: ['w'] } }, { eventName: ['INSERT'] }] };
    expect(verdict('sqs', [pattern], { body: json })).toEqual({ kept: true, rule: 'filter.filter-matched' });
  });
});

describe('what counts as JSON', () => {
  const asJson = (text: string): DecodedData => ({ format: 'json', text });

  test.each(['42', '"v"', 'true', 'null', '{broken', ''])(
    '%j is plain text, even where the view takes it for JSON',
    (text) => {
      expect(verdict('sqs', [{ body: [text] }], { body: asJson(text) }).kept).toBe(true);
      expect(verdict('sqs', [{ body: { k: [1] } }], { body: asJson(text) }).rule).toBe('filter.format-mismatch-drops');
    },
  );

  test('plain text is compared whole, with every string operator', () => {
    const ask = (list: readonly unknown[]): boolean => verdict('sqs', [{ body: list }], { body: plain }).kept;
    expect(ask([{ prefix: 'v' }])).toBe(true);
    expect(ask([{ 'anything-but': ['v'] }])).toBe(false);
    expect(ask([{ exists: true }])).toBe(true);
  });

  test('data that stands decoded in the metadata is matched as JSON', () => {
    const compiled = compileFilters(['{"dynamodb":{"NewImage":{"n":{"N":["1"]}}}}'], 'dynamodb');
    if (!compiled.ok) throw new Error(compiled.detail);
    const view = { metadata: { dynamodb: { NewImage: { n: { N: '1' } } } }, data: {} };
    expect(matchesFilters(compiled.filters, view)).toEqual({ kept: true, rule: 'filter.filter-matched' });
  });
});

test('without filters every record is kept', () => {
  expect(verdict('sqs', [], { body: plain }).kept).toBe(true);
});

test('data is not looked at unless a filter names it', () => {
  const compiled = compileFilters(['{"eventSource":["aws:x"]}'], 'sqs');
  if (!compiled.ok) throw new Error(compiled.detail);
  const view = {
    metadata,
    get data(): never {
      throw new Error('The data was read.');
    },
  };
  expect(matchesFilters(compiled.filters, view).kept).toBe(true);
});

test('data is decoded once, however many filters look at it', () => {
  const patterns = ['v', 'w', 'x'].map(
    (name) => `{"body":{"other":["${name}"]},"$or":[{"body":{"k":[1]}},{"body":{"k":["v"]}}]}`,
  );
  const compiled = compileFilters(patterns, 'sqs');
  if (!compiled.ok) throw new Error(compiled.detail);
  let reads = 0;
  const body = {
    format: 'json' as const,
    get text(): string {
      reads += 1;
      return '{"k":"v","other":"x"}';
    },
  };
  expect(matchesFilters(compiled.filters, { metadata: {}, data: { body } }).kept).toBe(true);
  expect(reads).toBe(1);
});
