/** Kinesis as its current client sees it: streams, records, iterators, limits. */
import type { GetRecordsCommandOutput } from '@aws-sdk/client-kinesis';
import { describe, expect, test } from 'vitest';
import {
  iteratorOf,
  refusalOf,
  StoppedClock,
  shardIdOf,
  startStreams,
  streamArnOf,
  textOf,
  textsOf,
} from './streamsSupport.ts';
import { ACCOUNT } from './support.ts';

const HIGHEST = (1n << 128n) - 1n;

describe('streams', () => {
  test('are created, described, listed in pages and deleted', async () => {
    const { kinesis, clock } = await startStreams();
    for (const name of ['b', 'a', 'c'])
      await kinesis.createStream({ StreamName: name, ShardCount: 2, Tags: { t: name } });
    const { StreamDescription: description } = await kinesis.describeStream({ StreamName: 'a', Limit: 1 });
    expect(description).toMatchObject({
      StreamName: 'a',
      StreamARN: streamArnOf('a'),
      StreamStatus: 'ACTIVE',
      StreamModeDetails: { StreamMode: 'PROVISIONED' },
      RetentionPeriodHours: 24,
      EncryptionType: 'NONE',
      HasMoreShards: true,
      Shards: [
        {
          ShardId: shardIdOf(0),
          HashKeyRange: { StartingHashKey: '0', EndingHashKey: String((1n << 127n) - 1n) },
          SequenceNumberRange: { StartingSequenceNumber: expect.stringMatching(/^49\d{54}$/) },
        },
      ],
    });
    expect(Math.abs(description!.StreamCreationTimestamp!.getTime() - clock.now())).toBeLessThan(10_000);
    const rest = await kinesis.describeStream({ StreamARN: streamArnOf('a'), ExclusiveStartShardId: shardIdOf(0) });
    expect(rest.StreamDescription).toMatchObject({ HasMoreShards: false, Shards: [{ ShardId: shardIdOf(1) }] });
    const { StreamDescriptionSummary: summary } = await kinesis.describeStreamSummary({ StreamName: 'a' });
    expect(summary).toMatchObject({ OpenShardCount: 2, ConsumerCount: 0, MaxRecordSizeInKiB: 1024 });

    const first = await kinesis.listStreams({ Limit: 2 });
    expect(first).toMatchObject({ StreamNames: ['a', 'b'], HasMoreStreams: true });
    const second = await kinesis.listStreams({ NextToken: first.NextToken! });
    expect(second).toMatchObject({ StreamNames: ['c'], HasMoreStreams: false });
    expect(await kinesis.listStreams({ ExclusiveStartStreamName: 'a', Limit: 2 })).toMatchObject({
      StreamNames: ['b', 'c'],
      StreamSummaries: [{ StreamARN: streamArnOf('b') }, { StreamARN: streamArnOf('c') }],
    });
    await kinesis.deleteStream({ StreamName: 'a' });
    const gone = `ResourceNotFoundException: Stream a under account ${ACCOUNT} not found.`;
    expect(await refusalOf(kinesis.describeStream({ StreamName: 'a' }))).toBe(gone);
    expect(await refusalOf(kinesis.putRecord({ StreamName: 'a', Data: new Uint8Array(), PartitionKey: 'k' }))).toBe(
      gone,
    );
  });

  test('on demand have four shards; a name is taken once', async () => {
    const { kinesis } = await startStreams();
    await kinesis.createStream({ StreamName: 's', StreamModeDetails: { StreamMode: 'ON_DEMAND' } });
    expect((await kinesis.listShards({ StreamName: 's' })).Shards).toHaveLength(4);
    expect(await refusalOf(kinesis.createStream({ StreamName: 's', ShardCount: 1 }))).toBe(
      `ResourceInUseException: Stream s under account ${ACCOUNT} already exists.`,
    );
    await kinesis.updateStreamMode({ StreamARN: streamArnOf('s'), StreamModeDetails: { StreamMode: 'PROVISIONED' } });
    const { StreamDescriptionSummary: summary } = await kinesis.describeStreamSummary({ StreamName: 's' });
    expect(summary?.StreamModeDetails?.StreamMode).toBe('PROVISIONED');
  });

  test('say all that is wrong with a request, as AWS does', async () => {
    const { kinesis } = await startStreams();
    expect(await refusalOf(kinesis.createStream({ StreamName: 'a b', ShardCount: 0 }))).toBe(
      "ValidationException: 2 validation errors detected: Value 'a b' at 'streamName' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+; Value '0' at 'shardCount' failed to satisfy constraint: Member must have value greater than or equal to 1",
    );
    expect(await refusalOf(kinesis.createStream({ StreamName: 'a' }))).toContain(
      'InvalidArgumentException: ShardCount',
    );
    expect(await refusalOf(kinesis.createStream({ StreamName: 'a', ShardCount: 10_001 }))).toContain('LimitExceeded');
    expect(await refusalOf(kinesis.describeStream({}))).toContain('Either StreamName or StreamARN must be given');
    const both = { StreamName: 'a', StreamARN: streamArnOf('b') };
    expect(await refusalOf(kinesis.describeStream(both))).toContain('name different streams');
    expect(await refusalOf(kinesis.listStreams({ NextToken: '!' }))).toContain('NextToken is invalid');
  });

  test('keep records longer or shorter, and tags', async () => {
    const { kinesis } = await startStreams();
    await kinesis.createStream({ StreamName: 's', ShardCount: 1 });
    await kinesis.increaseStreamRetentionPeriod({ StreamName: 's', RetentionPeriodHours: 48 });
    const hours = async () =>
      (await kinesis.describeStreamSummary({ StreamName: 's' })).StreamDescriptionSummary!.RetentionPeriodHours;
    expect(await hours()).toBe(48);
    const shorter = kinesis.increaseStreamRetentionPeriod({ StreamName: 's', RetentionPeriodHours: 24 });
    expect(await refusalOf(shorter)).toBe(
      'InvalidArgumentException: Requested retention period (24 hours) for stream s can not be shorter than existing retention period (48 hours). Use DecreaseRetentionPeriod API.',
    );
    await kinesis.decreaseStreamRetentionPeriod({ StreamName: 's', RetentionPeriodHours: 24 });
    expect(await hours()).toBe(24);
    const tooShort = kinesis.decreaseStreamRetentionPeriod({ StreamName: 's', RetentionPeriodHours: 23 });
    expect(await refusalOf(tooShort)).toContain('is too short');

    await Promise.all(['a', 'b', 'c'].map((key) => kinesis.addTagsToStream({ StreamName: 's', Tags: { [key]: '1' } })));
    await kinesis.removeTagsFromStream({ StreamName: 's', TagKeys: ['b'] });
    const page = await kinesis.listTagsForStream({ StreamName: 's', Limit: 1 });
    expect(page).toMatchObject({ Tags: [{ Key: 'a', Value: '1' }], HasMoreTags: true });
    const rest = await kinesis.listTagsForStream({ StreamName: 's', ExclusiveStartTagKey: 'a' });
    expect(rest).toMatchObject({ Tags: [{ Key: 'c' }], HasMoreTags: false });
    const many = Object.fromEntries(Array.from({ length: 51 }, (_, index) => [`k${index}`, '']));
    expect(await refusalOf(kinesis.addTagsToStream({ StreamName: 's', Tags: many }))).toContain('LimitExceeded');
  });
});

describe('records', () => {
  test('go to the shard of their key or hash key, and are read in order with their bytes', async () => {
    const { kinesis, clock } = await startStreams();
    await kinesis.createStream({ StreamName: 's', ShardCount: 2 });
    const bytes = Uint8Array.from([0, 255, 128, 10]);
    const low = await kinesis.putRecord({ StreamName: 's', Data: bytes, PartitionKey: 'k', ExplicitHashKey: '0' });
    expect(low).toMatchObject({ ShardId: shardIdOf(0), EncryptionType: 'NONE' });
    const { Records: put, FailedRecordCount: failed } = await kinesis.putRecords({
      StreamARN: streamArnOf('s'),
      Records: [
        { Data: Buffer.from('one'), PartitionKey: 'ä', ExplicitHashKey: String(HIGHEST) },
        { Data: Buffer.from('two'), PartitionKey: 'b', ExplicitHashKey: String(HIGHEST) },
      ],
    });
    expect(failed).toBe(0);
    expect(put!.map(({ ShardId }) => ShardId)).toEqual([shardIdOf(1), shardIdOf(1)]);
    const ShardIterator = await iteratorOf(kinesis, 's', 1);
    const {
      Records: records,
      MillisBehindLatest: behind,
      ChildShards: children,
    } = await kinesis.getRecords({ ShardIterator });
    expect(records!.map((one) => [one.PartitionKey, textOf(one.Data), one.SequenceNumber])).toEqual([
      ['ä', 'one', put![0]!.SequenceNumber],
      ['b', 'two', put![1]!.SequenceNumber],
    ]);
    expect(behind).toBe(0);
    expect(children).toBeUndefined();
    expect(Math.abs(records![0]!.ApproximateArrivalTimestamp!.getTime() - clock.now())).toBeLessThan(10_000);
    const first = await kinesis.getRecords({ ShardIterator: await iteratorOf(kinesis, 's', 0) });
    expect(first.Records![0]!.Data).toEqual(bytes);
  });

  test('are read from every starting position', async () => {
    const { kinesis, clock } = await startStreams();
    await kinesis.createStream({ StreamName: 's', ShardCount: 1 });
    const put = async (text: string) =>
      (await kinesis.putRecord({ StreamName: 's', Data: Buffer.from(text), PartitionKey: 'k' })).SequenceNumber!;
    await put('1');
    clock.push(5000);
    const Timestamp = new Date(clock.now());
    const two = await put('2');
    const latest = await iteratorOf(kinesis, 's', 0, { ShardIteratorType: 'LATEST' });
    clock.push(5000);
    await put('3');
    const textsFrom = async (more: object) => {
      const { Records } = await kinesis.getRecords({ ShardIterator: await iteratorOf(kinesis, 's', 0, more) });
      return Records!.map(({ Data }) => textOf(Data)).join('');
    };
    const StartingSequenceNumber = two;
    expect(await textsFrom({ ShardIteratorType: 'AT_SEQUENCE_NUMBER', StartingSequenceNumber })).toBe('23');
    expect(await textsFrom({ ShardIteratorType: 'AFTER_SEQUENCE_NUMBER', StartingSequenceNumber })).toBe('3');
    expect(await textsFrom({ ShardIteratorType: 'AT_TIMESTAMP', Timestamp })).toBe('23');
    expect(await textsFrom({ ShardIteratorType: 'TRIM_HORIZON' })).toBe('123');
    expect((await kinesis.getRecords({ ShardIterator: latest })).Records!.map(({ Data }) => textOf(Data))).toEqual([
      '3',
    ]);
    const start = (await kinesis.listShards({ StreamName: 's' })).Shards![0]!.SequenceNumberRange!
      .StartingSequenceNumber!;
    expect(await textsFrom({ ShardIteratorType: 'AT_SEQUENCE_NUMBER', StartingSequenceNumber: start })).toBe('123');

    const wrong = (more: object) => refusalOf(iteratorOf(kinesis, 's', 0, more));
    expect(await wrong({ ShardIteratorType: 'AT_SEQUENCE_NUMBER', StartingSequenceNumber: '123' })).toBe(
      `InvalidArgumentException: StartingSequenceNumber 123 used in GetShardIterator on shard ${shardIdOf(0)} in stream s under account ${ACCOUNT} is invalid because it did not come from this stream.`,
    );
    expect(await wrong({ ShardIteratorType: 'AT_SEQUENCE_NUMBER' })).toContain('Must specify a sequence number');
    expect(await wrong({ ShardIteratorType: 'LATEST', StartingSequenceNumber })).toContain('Must either specify (1)');
    expect(await wrong({ ShardIteratorType: 'AT_TIMESTAMP' })).toContain('Must specify timestampInMillis');
    const future = new Date(clock.now() + 60_000);
    expect(await wrong({ ShardIteratorType: 'AT_TIMESTAMP', Timestamp: future })).toContain('cannot be greater than');
    expect(await wrong({ ShardId: shardIdOf(7) })).toContain(`Shard ${shardIdOf(7)} in stream s under account`);
  });

  test('are read in pieces, and what is still to come is told as time', async () => {
    const { kinesis, clock } = await startStreams();
    await kinesis.createStream({ StreamName: 's', ShardCount: 1 });
    const Records = Array.from({ length: 500 }, (_, index) => ({
      Data: Buffer.from(String(index)),
      PartitionKey: 'k',
    }));
    await kinesis.putRecords({ StreamName: 's', Records });
    clock.push(7000);
    let ShardIterator: string | undefined = await iteratorOf(kinesis, 's');
    const seen: string[] = [];
    const behind: number[] = [];
    for (let round = 0; round < 3; round++) {
      const read: GetRecordsCommandOutput = await kinesis.getRecords({ ShardIterator, Limit: 200 });
      seen.push(...read.Records!.map(({ Data }) => textOf(Data)));
      behind.push(Math.floor(read.MillisBehindLatest! / 1000));
      ShardIterator = read.NextShardIterator;
    }
    expect(seen).toEqual(Records.map(({ Data }) => Data.toString()));
    expect(behind).toEqual([7, 7, 0]);
  });

  test('are refused when they are too long, and the others of a request with them', async () => {
    const { kinesis } = await startStreams();
    await kinesis.createStream({ StreamName: 's', ShardCount: 1 });
    await kinesis.createStream({ StreamName: 'wide', ShardCount: 1, MaxRecordSizeInKiB: 10_240 });
    const longest = new Uint8Array(1_048_576);
    const longer = new Uint8Array(1_048_577);
    await kinesis.putRecord({ StreamName: 's', Data: longest, PartitionKey: 'k' });
    await kinesis.putRecord({ StreamName: 'wide', Data: longer, PartitionKey: 'k' });
    const refused =
      "Value at 'data' failed to satisfy constraint: Member must have length less than or equal to 1048576";
    expect(await refusalOf(kinesis.putRecord({ StreamName: 's', Data: longer, PartitionKey: 'k' }))).toContain(refused);
    const ten = Array.from({ length: 10 }, () => ({ Data: longest, PartitionKey: 'k' }));
    expect(await refusalOf(kinesis.putRecords({ StreamName: 's', Records: ten }))).toContain(
      'have at most 10485760 bytes',
    );
    const { FailedRecordCount } = await kinesis.putRecords({ StreamName: 's', Records: ten.slice(1) });
    expect(FailedRecordCount).toBe(0);
    const tooMany = Array.from({ length: 501 }, () => ({ Data: new Uint8Array(), PartitionKey: 'k' }));
    expect(await refusalOf(kinesis.putRecords({ StreamName: 's', Records: tooMany }))).toContain(
      'less than or equal to 500',
    );
    const beyond = { StreamName: 's', Data: longest, PartitionKey: 'k', ExplicitHashKey: String(HIGHEST + 1n) };
    expect(await refusalOf(kinesis.putRecord(beyond))).toContain('Invalid ExplicitHashKey');
  });
});

describe('iterators', () => {
  test('expire after five minutes, and belong to one stream', async () => {
    const { kinesis, clock } = await startStreams();
    await kinesis.createStream({ StreamName: 's', ShardCount: 1 });
    const ShardIterator = await iteratorOf(kinesis, 's');
    clock.push(299_000);
    const { NextShardIterator } = await kinesis.getRecords({ ShardIterator });
    clock.push(2000);
    expect(await refusalOf(kinesis.getRecords({ ShardIterator }))).toContain(
      'ExpiredIteratorException: Iterator expired.',
    );
    await kinesis.getRecords({ ShardIterator: NextShardIterator });
    expect(await refusalOf(kinesis.getRecords({ ShardIterator: 'x' }))).toBe(
      'InvalidArgumentException: Invalid ShardIterator.',
    );
    await kinesis.deleteStream({ StreamName: 's' });
    await kinesis.createStream({ StreamName: 's', ShardCount: 1 });
    expect(await refusalOf(kinesis.getRecords({ ShardIterator: NextShardIterator }))).toContain(
      'Invalid ShardIterator',
    );
  });
});

describe('limits, when they are switched on', () => {
  test('refuse puts entry by entry, and reads', async () => {
    const { kinesis, clock } = await startStreams({ shardLimits: true }, new StoppedClock());
    await kinesis.createStream({ StreamName: 's', ShardCount: 1 });
    const Records = Array.from({ length: 3 }, () => ({ Data: new Uint8Array(500_000), PartitionKey: 'k' }));
    const { FailedRecordCount: failed, Records: put } = await kinesis.putRecords({ StreamName: 's', Records });
    expect(failed).toBe(1);
    expect(put![2]).toEqual({
      ErrorCode: 'ProvisionedThroughputExceededException',
      ErrorMessage: `Rate exceeded for shard ${shardIdOf(0)} in stream s under account ${ACCOUNT}.`,
    });
    expect(await refusalOf(kinesis.putRecord({ StreamName: 's', ...Records[0]! }))).toContain(
      'Rate exceeded for shard',
    );
    const ShardIterator = await iteratorOf(kinesis, 's', 0, { ShardIteratorType: 'LATEST' });
    clock.push(1000);
    for (let count = 0; count < 5; count++) await kinesis.getRecords({ ShardIterator });
    expect(await refusalOf(kinesis.getRecords({ ShardIterator }))).toContain('ProvisionedThroughputExceededException');
    clock.push(1000);
    await kinesis.getRecords({ ShardIterator });
  });

  test('let one read of ten megabytes be followed by none for five seconds', async () => {
    const { kinesis, clock } = await startStreams({ shardLimits: true }, new StoppedClock());
    await kinesis.createStream({ StreamName: 's', ShardCount: 1 });
    for (let count = 0; count < 9; count++) {
      clock.push(1000);
      await kinesis.putRecord({ StreamName: 's', Data: new Uint8Array(1_048_000), PartitionKey: 'k' });
    }
    expect(await textsOf(kinesis, 's')).toHaveLength(9);
    const ShardIterator = await iteratorOf(kinesis, 's');
    clock.push(1000);
    expect(await refusalOf(kinesis.getRecords({ ShardIterator }))).toContain('Rate exceeded');
    clock.push(4000);
    await kinesis.getRecords({ ShardIterator });
  });
});
