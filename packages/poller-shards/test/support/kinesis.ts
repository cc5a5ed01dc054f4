/** Streams behind a Kinesis endpoint as the ordered suite wants them, made and filled by the AWS SDK alone. */

import {
  CreateStreamCommand,
  DeleteStreamCommand,
  DescribeStreamConsumerCommand,
  DescribeStreamSummaryCommand,
  type KinesisClient,
  ListShardsCommand,
  MergeShardsCommand,
  PutRecordsCommand,
  RegisterStreamConsumerCommand,
  SplitShardCommand,
} from '@aws-sdk/client-kinesis';
import { fanOutClient, kinesisClient, kinesisSdk, shardSource } from '@millrace/poller-shards';
import { newId, systemClock } from '@millrace/runtime';
import type { OrderedSubject, OrderedUnderTest } from '@millrace/runtime/conformance';
import { KIND_ONE, REGION, ROLE_ARN, seenIn } from './events.ts';
import { faultsOf } from './faults.ts';

const CREDENTIALS = { accessKeyId: 'test', secretAccessKey: 'test' };

async function active(client: KinesisClient, StreamName: string): Promise<string> {
  for (;;) {
    const { StreamDescriptionSummary: summary } = await client.send(new DescribeStreamSummaryCommand({ StreamName }));
    if (summary?.StreamStatus === 'ACTIVE') return summary.StreamARN ?? '';
    await systemClock.until(systemClock.now() + 20);
  }
}

async function registered(client: KinesisClient, StreamARN: string): Promise<string> {
  const made = await client.send(new RegisterStreamConsumerCommand({ StreamARN, ConsumerName: 'c' }));
  const ConsumerARN = made.Consumer?.ConsumerARN ?? '';
  for (;;) {
    const { ConsumerDescription } = await client.send(new DescribeStreamConsumerCommand({ ConsumerARN }));
    if (ConsumerDescription?.ConsumerStatus === 'ACTIVE') return ConsumerARN;
    await systemClock.until(systemClock.now() + 20);
  }
}

export interface KinesisSubjectOptions {
  readonly endpoint: string;
  readonly fanOut?: boolean;
}

export function kinesisSubject({ endpoint, fanOut = false }: KinesisSubjectOptions): OrderedSubject {
  return {
    async make(ShardCount) {
      const client = await kinesisSdk({ endpoint, region: REGION, credentials: CREDENTIALS });
      const StreamName = `s-${newId()}`;
      await client.send(new CreateStreamCommand({ StreamName, ShardCount }));
      const arn = await active(client, StreamName);
      return new KinesisUnderTest(client, StreamName, arn, fanOut ? await registered(client, arn) : undefined);
    },
  };
}

class KinesisUnderTest implements OrderedUnderTest {
  readonly kind = 'kinesis';
  readonly kindOne = KIND_ONE.kinesis;
  readonly eventSourceArn: string;
  readonly #client: KinesisClient;
  readonly #faults: ReturnType<typeof faultsOf>;
  readonly #name: string;
  readonly #arn: string;
  readonly #consumerArn: string | undefined;

  constructor(client: KinesisClient, name: string, arn: string, consumerArn: string | undefined) {
    this.#client = client;
    this.#faults = faultsOf(client);
    this.#name = name;
    this.#arn = arn;
    this.#consumerArn = consumerArn;
    this.eventSourceArn = consumerArn ?? arn;
  }

  async source({ startingPosition, tumblingWindowMs }: Parameters<OrderedUnderTest['source']>[0]) {
    const [consumerArn, streamArn] = [this.#consumerArn, this.#arn];
    const sdk = { client: this.#client, streamArn, clock: systemClock };
    const client = await (consumerArn === undefined ? kinesisClient(sdk) : fanOutClient({ ...sdk, consumerArn }));
    const { eventSourceArn } = this;
    const more = { region: REGION, roleArn: ROLE_ARN, startingPosition, tumblingWindowMs, clock: systemClock };
    return shardSource({ client, arn: streamArn, eventSourceArn, ...more });
  }

  async put(records: Parameters<OrderedUnderTest['put']>[0]): Promise<void> {
    const Records = records.map(({ key, value }) => ({ PartitionKey: key, Data: Buffer.from(value) }));
    const { FailedRecordCount } = await this.#client.send(new PutRecordsCommand({ StreamName: this.#name, Records }));
    if (FailedRecordCount) throw new Error(`${FailedRecordCount} records were not put`);
  }

  seen(event: unknown) {
    return seenIn('kinesis', event);
  }

  async split(): Promise<void> {
    const [shard] = await this.#open();
    const { StartingHashKey = '0', EndingHashKey = '0' } = shard?.HashKeyRange ?? {};
    const NewStartingHashKey = String((BigInt(StartingHashKey) + BigInt(EndingHashKey)) / 2n);
    const StreamName = this.#name;
    await this.#client.send(
      new SplitShardCommand({ StreamName, ShardToSplit: shard?.ShardId ?? '', NewStartingHashKey }),
    );
    await active(this.#client, StreamName);
  }

  async merge(): Promise<void> {
    const [one, other] = await this.#open();
    const StreamName = this.#name;
    const shards = { ShardToMerge: one?.ShardId ?? '', AdjacentShardToMerge: other?.ShardId ?? '' };
    await this.#client.send(new MergeShardsCommand({ StreamName, ...shards }));
    await active(this.#client, StreamName);
  }

  async #open() {
    const { Shards = [] } = await this.#client.send(new ListShardsCommand({ StreamName: this.#name }));
    return Shards.filter(({ SequenceNumberRange }) => SequenceNumberRange?.EndingSequenceNumber == null);
  }

  async expire(): Promise<void> {
    this.#faults.refuse('GetRecordsCommand', 'ExpiredIteratorException', 2);
  }

  async throttle(): Promise<void> {
    this.#faults.refuse('GetRecordsCommand', 'ProvisionedThroughputExceededException', 2);
    this.#faults.refuse('SubscribeToShardCommand', 'ResourceInUseException', 2);
  }

  async close(): Promise<void> {
    const StreamName = this.#name;
    await this.#client.send(new DeleteStreamCommand({ StreamName, EnforceConsumerDeletion: true }));
    this.#client.destroy();
  }
}
