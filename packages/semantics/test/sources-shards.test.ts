import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  appendToShard,
  countPut,
  createStream,
  endIndexOf,
  expireStream,
  findShard,
  fitsAt,
  forgetShard,
  indexOfSequenceNumber,
  KINESIS_PUT_LIMITS,
  listShards,
  nextStreamExpiryAt,
  readShard,
  type Shard,
  type StreamState,
  sequenceNumber,
  sequenceNumberRange,
  shardFor,
  splitShard,
  startingIndex,
} from '../src/index.ts';

const HOUR = 3_600_000;
const T0 = 1_767_225_600_000;
const ALL = { maxRecords: 10_000 };

function stream(shards = 1, retentionMs = 24 * HOUR): StreamState<string> {
  return createStream({ kind: 'kinesis', shards, retentionMs }, T0);
}

function put(state: StreamState<string>, shard: Shard, ...records: [number, string][]): void {
  for (const [afterMs, record] of records) appendToShard(state, shard, record, T0 + afterMs);
}

const noHash = (): bigint => {
  throw new Error('nobody should hash with one shard');
};

describe('putting', () => {
  it('divides the hash-key space evenly and numbers the shards', () => {
    const { shards } = stream(3);
    expect(shards.map((shard) => shard.id)).toEqual([
      'shardId-000000000000',
      'shardId-000000000001',
      'shardId-000000000002',
    ]);
    expect(shards[0]?.startingHashKey).toBe(0n);
    expect(shards[0]?.endingHashKey).toBe(113427455640312821154458202477256070484n);
    expect(shards[2]?.endingHashKey).toBe(2n ** 128n - 1n);
  });

  it('goes by the hash of the partition key, or by the explicit hash key', () => {
    const state = stream(2);
    const hashKey = (key: string) => (key === 'low' ? 0n : 2n ** 127n);
    expect(shardFor(state, 'low', undefined, hashKey).number).toBe(0);
    expect(shardFor(state, 'high', undefined, hashKey).number).toBe(1);
    expect(shardFor(state, 'high', undefined, noHash).number).toBe(1);
    expect(shardFor(state, 'low', String(2n ** 128n - 1n), hashKey).number).toBe(1);
    expect(shardFor(state, 'low', String(2n ** 127n - 1n), hashKey).number).toBe(0);
  });

  it('does not hash with one shard', () => {
    expect(shardFor(stream(), 'any', undefined, noHash).number).toBe(0);
  });
});

describe('reading', () => {
  it('goes on where it stopped, and says how far behind it is', () => {
    const state = stream();
    const [shard] = state.shards as [Shard];
    put(state, shard, [0, 'a'], [10, 'b'], [20, 'c']);
    const first = readShard(state, shard, 0, { maxRecords: 2 }, T0 + 100);
    expect(first).toEqual({
      records: [
        { index: 0, arrivalMs: T0, record: 'a' },
        { index: 1, arrivalMs: T0 + 10, record: 'b' },
      ],
      nextIndex: 2,
      missed: 0,
      ended: false,
      millisBehindLatest: 80,
    });
    const rest = readShard(state, shard, first.nextIndex, ALL, T0 + 100);
    expect(rest).toMatchObject({ nextIndex: 3, millisBehindLatest: 0, records: [{ record: 'c' }] });
    expect(readShard(state, shard, 3, ALL, T0 + 100)).toMatchObject({ records: [], nextIndex: 3 });
  });

  it('stops before too many bytes, but always returns one record', () => {
    const state = stream();
    const [shard] = state.shards as [Shard];
    put(state, shard, [0, 'aaaa'], [0, 'bb'], [0, 'cc'], [0, 'd']);
    const limit = { maxRecords: 10, maxBytes: 4, sizeOf: (record: string) => record.length };
    expect(readShard(state, shard, 0, limit, T0).nextIndex).toBe(1);
    expect(readShard(state, shard, 1, limit, T0).nextIndex).toBe(3);
    expect(readShard(state, shard, 0, { ...limit, maxBytes: 1 }, T0).nextIndex).toBe(1);
  });

  it.each([
    ['TRIM_HORIZON', 0],
    ['LATEST', 3],
    [{ atMs: T0 + 10 }, 1],
    [{ atMs: T0 + 11 }, 2],
    [{ atMs: T0 + 21 }, 3],
    [{ atMs: 0 }, 0],
  ] as const)('begins at %j with index %i', (position, index) => {
    const state = stream();
    const [shard] = state.shards as [Shard];
    put(state, shard, [0, 'a'], [10, 'b'], [20, 'c']);
    expect(startingIndex(state, shard, position, T0 + 100)).toBe(index);
  });
});

describe('retention', () => {
  it('source.retention-expired: hides records at once and hands them out once', () => {
    const state = stream(2, HOUR);
    const [one, two] = state.shards as [Shard, Shard];
    put(state, one, [0, 'a'], [10, 'b']);
    put(state, two, [5, 'c']);
    expect(nextStreamExpiryAt(state)).toBe(T0 + HOUR);
    const read = readShard(state, one, 0, ALL, T0 + HOUR);
    expect(read).toMatchObject({ missed: 1, nextIndex: 2, records: [{ index: 1, record: 'b' }] });
    expect(startingIndex(state, one, 'TRIM_HORIZON', T0 + HOUR)).toBe(1);
    expect(expireStream(state, T0 + HOUR + 5)).toEqual([
      { ordinal: 0, records: [{ index: 0, arrivalMs: T0, record: 'a' }] },
      { ordinal: 1, records: [{ index: 0, arrivalMs: T0 + 5, record: 'c' }] },
    ]);
    expect(expireStream(state, T0 + HOUR + 5)).toEqual([]);
    expect(nextStreamExpiryAt(state)).toBe(T0 + HOUR + 10);
  });

  it('a closed shard is listed until retention has passed since it was closed', () => {
    const state = stream(1, HOUR);
    splitShard(state, T0 + 1000);
    const ids = (nowMs: number) => listShards(state, nowMs).map((shard) => shard.number);
    expect(ids(T0 + HOUR + 999)).toEqual([0, 1, 2]);
    expect(ids(T0 + HOUR + 1000)).toEqual([1, 2]);
    expect(findShard(state, 'shardId-000000000000', T0 + HOUR + 1000)).toBeUndefined();
    expect(findShard(state, 'shardId-000000000002', T0 + HOUR + 1000)?.number).toBe(2);
    expect(findShard(state, 'shardId-7', T0)).toBeUndefined();
  });

  it('what is forgotten leaves the memory without counting as expired', () => {
    const state = stream(1, HOUR);
    const [shard] = state.shards as [Shard];
    for (let count = 0; count < 5000; count++) put(state, shard, [count, `r${count}`]);
    forgetShard(state, shard, 4000);
    expect(state.logs.logs[0]?.items.length).toBeLessThan(5000);
    expect(readShard(state, shard, 4000, { maxRecords: 1 }, T0 + 5000).records[0]?.record).toBe('r4000');
    const [expired] = expireStream(state, T0 + 2 * HOUR);
    expect(expired?.records.map(({ index }) => index)).toEqual(
      Array.from({ length: 1000 }, (_, index) => 4000 + index),
    );
    expect(endIndexOf(state, shard)).toBe(5000);
  });
});

describe('sequence numbers', () => {
  it.each([
    ['kinesis', /^49\d{54}$/],
    ['dynamodb', /^\d{25}$/],
  ] as const)('of %s look like real ones and lead back to the record', (kind, look) => {
    const state = createStream<string>({ kind, shards: 1, retentionMs: HOUR }, T0);
    const [shard] = state.shards as [Shard];
    const numbers = Array.from({ length: 30 }, (_, count) => {
      const arrivalMs = T0 + (count >> 2);
      return sequenceNumber(shard, { index: appendToShard(state, shard, '', arrivalMs), arrivalMs });
    });
    for (const number of numbers) expect(number).toMatch(look);
    expect(numbers).toEqual([...new Set(numbers)].sort());
    expect(numbers.map((number) => indexOfSequenceNumber(shard, number))).toEqual(numbers.map((_, index) => index));
    expect(indexOfSequenceNumber(shard, '123')).toBeUndefined();
  });

  it('grow with any index and any time, at a fixed width', () => {
    const place = fc.record({ index: fc.integer({ min: 0, max: 5e12 }), arrivalMs: fc.integer({ min: 0, max: 4e12 }) });
    const [shard] = stream().shards as [Shard];
    fc.assert(
      fc.property(place, place, (one, other) => {
        const [first, second] = [sequenceNumber(shard, one), sequenceNumber(shard, other)];
        expect(first).toHaveLength(56);
        expect(indexOfSequenceNumber(shard, first)).toBe(one.index);
        if (one.index < other.index) expect(first < second && BigInt(first) < BigInt(second)).toBe(true);
      }),
    );
  });

  it('lie in the range that the shard shows', () => {
    const state = stream();
    const [shard] = state.shards as [Shard];
    const number = sequenceNumber(shard, { index: appendToShard(state, shard, 'a', T0), arrivalMs: T0 });
    expect(sequenceNumberRange(shard, 1).endingSequenceNumber).toBeUndefined();
    splitShard(state, T0 + 10);
    const { startingSequenceNumber, endingSequenceNumber = '' } = sequenceNumberRange(shard, 1);
    expect([startingSequenceNumber, number, endingSequenceNumber]).toEqual(
      [endingSequenceNumber, number, startingSequenceNumber].sort(),
    );
  });
});

describe('put limits', () => {
  function limited() {
    const state = createStream<string>(
      { kind: 'kinesis', shards: 1, retentionMs: HOUR, putLimits: KINESIS_PUT_LIMITS },
      T0,
    );
    return { state, shard: state.shards[0] as Shard };
  }

  it('1,000 records a second, then the next second', () => {
    const { state, shard } = limited();
    for (let count = 0; count < 1000; count++) {
      expect(fitsAt(state, shard, 10, T0 + 1)).toBe(T0 + 1);
      countPut(shard, 10, T0 + 1);
    }
    expect(fitsAt(state, shard, 10, T0 + 500)).toBe(T0 + 1000);
    expect(fitsAt(state, shard, 10, T0 + 1000)).toBe(T0 + 1000);
  });

  it('1 MB a second; a record that is larger fits into a second of its own', () => {
    const { state, shard } = limited();
    countPut(shard, 1_000_000, T0);
    expect(fitsAt(state, shard, 48_576, T0)).toBe(T0);
    expect(fitsAt(state, shard, 48_577, T0)).toBe(T0 + 1000);
    expect(fitsAt(state, shard, 5_000_000, T0 + 1000)).toBe(T0 + 1000);
  });

  it('a large record fits into the very first second, too', () => {
    const { state, shard } = limited();
    expect(fitsAt(state, shard, 5_000_000, 10)).toBe(10);
  });

  it('none unless they are switched on', () => {
    const state = stream();
    const [shard] = state.shards as [Shard];
    for (let count = 0; count < 2000; count++) countPut(shard, 1, T0);
    expect(fitsAt(state, shard, 1, T0)).toBe(T0);
  });
});
