/** CBOR 1.1, as AWS's clients for the JVM speak it: maps without a length, blobs as bytes, times as tag 1 with milliseconds. */
import { decode, encode, Tagged } from 'cborg';
import { expect, test } from 'vitest';
import { shardIdOf, startStreams } from './streamsSupport.ts';
import { ACCOUNT, type RawAnswer, send } from './support.ts';

const CBOR = 'application/x-amz-cbor-1.1';

interface CborAnswer {
  readonly status: number;
  readonly value: Record<string, unknown>;
}

function read({ status, headers, bytes }: RawAnswer): CborAnswer {
  expect(headers['content-type']).toBe(CBOR);
  const tags = { 1: Tagged.decoder(1) };
  return { status, value: bytes.length === 0 ? {} : (decode(bytes, { tags }) as Record<string, unknown>) };
}

async function ask(url: string, operation: string, input: object | Buffer): Promise<CborAnswer> {
  const body = Buffer.isBuffer(input) ? input : Buffer.from(encode(input));
  return read(
    await send(url, { headers: { 'content-type': CBOR, 'x-amz-target': `Kinesis_20131202.${operation}` }, body }),
  );
}

test('Records go in and come out as bytes, with times in milliseconds', async () => {
  const { gateway, kinesis, clock } = await startStreams();
  expect(await ask(gateway.url, 'CreateStream', { StreamName: 's', ShardCount: 1 })).toEqual({
    status: 200,
    value: {},
  });
  const put = { StreamName: 's', Data: Uint8Array.from([0, 255]), PartitionKey: 'ä' };
  const { value: accepted } = await ask(gateway.url, 'PutRecord', put);
  expect(accepted).toMatchObject({ ShardId: shardIdOf(0), SequenceNumber: expect.stringMatching(/^49\d{54}$/) });
  const Timestamp = new Tagged(1, clock.now() - 60_000);
  const position = { StreamName: 's', ShardId: shardIdOf(0), ShardIteratorType: 'AT_TIMESTAMP', Timestamp };
  const { value: iterator } = await ask(gateway.url, 'GetShardIterator', position);
  const { value } = await ask(gateway.url, 'GetRecords', iterator);
  const [record] = value.Records as { Data: Uint8Array; ApproximateArrivalTimestamp: Tagged; PartitionKey: string }[];
  expect([...record!.Data, record!.PartitionKey]).toEqual([0, 255, 'ä']);
  expect(record!.ApproximateArrivalTimestamp).toBeInstanceOf(Tagged);
  expect(Number.isInteger(record!.ApproximateArrivalTimestamp.value)).toBe(true);
  expect(Math.abs(record!.ApproximateArrivalTimestamp.value - clock.now())).toBeLessThan(10_000);
  const inJson = await kinesis.getRecords({ ShardIterator: String(iterator.ShardIterator) });
  expect(inJson.Records![0]!.Data).toEqual(Uint8Array.from([0, 255]));
});

test('A time may be in seconds, too; one that is later than now is refused', async () => {
  const { gateway, clock } = await startStreams();
  await ask(gateway.url, 'CreateStream', { StreamName: 's', ShardCount: 1 });
  const at = (Timestamp: unknown) =>
    ask(gateway.url, 'GetShardIterator', {
      StreamName: 's',
      ShardId: shardIdOf(0),
      ShardIteratorType: 'AT_TIMESTAMP',
      Timestamp,
    });
  const statuses = [clock.now(), clock.now() / 1000, Math.floor(clock.now() / 1000)].map((ms) => at(new Tagged(1, ms)));
  expect((await Promise.all(statuses)).map(({ status }) => status)).toEqual([200, 200, 200]);
  expect((await at(new Tagged(1, clock.now() + 60_000))).value.__type).toBe('InvalidArgumentException');
  expect((await at('soon')).value).toEqual({
    __type: 'SerializationException',
    message: 'The member timestamp must be a timestamp.',
  });
});

test('Maps without a length are read, errors are CBOR, and what is no CBOR is said', async () => {
  const { gateway } = await startStreams();
  const open = Buffer.concat([Buffer.from([0xbf]), encode('StreamName'), encode('nobody'), Buffer.from([0xff])]);
  expect(await ask(gateway.url, 'DescribeStream', open)).toEqual({
    status: 400,
    value: { __type: 'ResourceNotFoundException', message: `Stream nobody under account ${ACCOUNT} not found.` },
  });
  for (const body of ['ff', '81'.repeat(100_000), 'a16161', '9bffffffffffffffff']) {
    const { status, value } = await ask(gateway.url, 'DescribeStream', Buffer.from(body, 'hex'));
    expect([status, value.__type]).toEqual([400, 'SerializationException']);
  }
  const text = { StreamName: 's', Data: 'eA==', PartitionKey: 'k' };
  expect((await ask(gateway.url, 'PutRecord', text)).value.message).toBe('The member data must be a byte string.');
});

test('What a client only wants to try is not done', async () => {
  const { gateway } = await startStreams();
  await ask(gateway.url, 'CreateStream', { StreamName: 's', ShardCount: 1 });
  const put = { StreamName: 's', Data: new Uint8Array(1), PartitionKey: 'k', DryRun: true };
  expect((await ask(gateway.url, 'PutRecord', put)).value.message).toContain('DryRun is not supported');
});
