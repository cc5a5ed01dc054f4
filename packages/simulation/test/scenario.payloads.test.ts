import type { SourceKind } from '@millrace/semantics';
import { describe, expect, it } from 'vitest';
import { payloadMaker } from '../src/scenario/payloads/payload.ts';
import { attributeMap } from '../src/scenario/payloads/values.ts';

const base64 = (text: string) => Buffer.from(text).toString('base64');
const make = (kind: SourceKind, entry: Record<string, unknown>) => payloadMaker(kind)(entry, 'id-1');

describe('payloads', () => {
  it.each<[SourceKind, Record<string, unknown>, object]>([
    ['sqs', { body: 'as it is' }, { body: 'as it is' }],
    ['sqs', { body: { b: 1, a: [2] } }, { body: '{"b":1,"a":[2]}' }],
    ['sqs', { body: null }, { body: 'null' }],
    ['sqs', {}, { body: '{}' }],
    ['sqs', { body: 'x', group: 7, delay: '1m' }, { body: 'x', groupId: '7', delayMs: 60_000 }],
    [
      'sqs',
      { body: 'x', attributes: { n: { type: 'Number.int', value: 6 }, b: { type: 'Binary', value: 'AAEC' } } },
      {
        body: 'x',
        attributes: { n: { dataType: 'Number.int', stringValue: '6' }, b: { dataType: 'Binary', binaryValue: 'AAEC' } },
      },
    ],
    ['sqs-fifo', { body: 'x', group: 'g', dedup: 'd' }, { body: 'x', groupId: 'g', dedupId: 'd' }],
    ['sqs-fifo', { body: 'x' }, { body: 'x', groupId: 'default' }],
    ['kinesis', { key: 5, data: 'ü' }, { partitionKey: '5', data: 'w7w=' }],
    ['kinesis', { data: { base64: 'AAEC' } }, { partitionKey: 'id-1', data: 'AAEC' }],
    [
      'kinesis',
      { data: { base64: 'AAEC', more: 1 } },
      { partitionKey: 'id-1', data: base64('{"base64":"AAEC","more":1}') },
    ],
    ['kinesis', { key: 'k', explicitHashKey: '0' }, { partitionKey: 'k', explicitHashKey: '0', data: base64('{}') }],
    ['msk', { value: null }, { key: null, value: null, headers: [] }],
    ['msk', { key: 'k', value: 1 }, { key: base64('k'), value: base64('1'), headers: [] }],
    [
      'self-managed-kafka',
      { value: 'v', partition: 2, headers: [{ a: 'x', b: 'y' }, { a: { base64: 'AA==' } }], timestamp: '2026-01-01' },
      {
        key: null,
        value: base64('v'),
        headers: [
          { key: 'a', value: base64('x') },
          { key: 'b', value: base64('y') },
          { key: 'a', value: 'AA==' },
        ],
        partition: 2,
        timestampMs: 1767225600000,
      },
    ],
    [
      'dynamodb',
      { keys: { id: 'a' }, new: { id: 'a', n: 1 } },
      { op: 'INSERT', keys: { id: { S: 'a' } }, newImage: { id: { S: 'a' }, n: { N: '1' } } },
    ],
    [
      'dynamodb',
      { keys: { id: 'a' }, old: { id: 'a' } },
      { op: 'REMOVE', keys: { id: { S: 'a' } }, oldImage: { id: { S: 'a' } } },
    ],
    [
      'dynamodb',
      { keys: { id: 'a' }, ttl: true },
      { op: 'REMOVE', keys: { id: { S: 'a' } }, oldImage: { id: { S: 'a' } }, ttl: true },
    ],
    [
      'dynamodb',
      { keys: { id: 1 }, new: { id: 1, v: 2 }, old: { id: 1, v: 1 } },
      {
        op: 'MODIFY',
        keys: { id: { N: '1' } },
        newImage: { id: { N: '1' }, v: { N: '2' } },
        oldImage: { id: { N: '1' }, v: { N: '1' } },
      },
    ],
  ])('%s of %j', (kind, entry, payload) => {
    expect(make(kind, entry)).toEqual(payload);
  });
});

describe('items', () => {
  it('plain JSON is typed', () => {
    expect(attributeMap({ s: 'x', n: 1.5, b: false, z: null, l: [1, 'a'], m: { k: 'v' }, S: 'x' }, '')).toEqual({
      s: { S: 'x' },
      n: { N: '1.5' },
      b: { BOOL: false },
      z: { NULL: true },
      l: { L: [{ N: '1' }, { S: 'a' }] },
      m: { M: { k: { S: 'v' } } },
      S: { S: 'x' },
    });
  });

  it('DynamoDB JSON stays, when every attribute has one type tag', () => {
    const item = { a: { S: 'x' }, b: { B: 'AAEC' }, c: { M: { d: { N: '1' } } } };
    expect(attributeMap(item, '')).toEqual(item);
    expect(attributeMap({ a: { N: 5 }, b: { NS: [1, 2] } }, '')).toEqual({ a: { N: '5' }, b: { NS: ['1', '2'] } });
  });

  it('one attribute without a tag makes all of it plain JSON', () => {
    expect(attributeMap({ a: { S: 'x' }, b: 1 }, '')).toEqual({ a: { M: { S: { S: 'x' } } }, b: { N: '1' } });
    expect(attributeMap({ a: { S: 'x', N: '1' } }, '')).toEqual({ a: { M: { S: { S: 'x' }, N: { S: '1' } } } });
  });
});
