/** Tables with streams, in DynamoDB itself, as the ordered suite wants them, made and filled by the AWS SDK alone. */
import { CreateTableCommand, DeleteTableCommand, DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import { dynamodbStreamsClient, shardSource } from '@millrace/poller-shards';
import { newId, systemClock } from '@millrace/runtime';
import type { OrderedSubject, OrderedUnderTest } from '@millrace/runtime/conformance';
import { imageOf, KIND_ONE, REGION, ROLE_ARN, seenIn } from './events.ts';
import { faultsOf } from './faults.ts';

/** DynamoDB Local has one shard for each table, whatever is asked. */
export function dynamodbSubject(endpoint: string): OrderedSubject {
  const accessKeyId = `shards${newId().replaceAll('-', '').slice(0, 12)}`;
  const config = { endpoint, region: REGION, credentials: { accessKeyId, secretAccessKey: 'test' } };
  return {
    async make() {
      const tables = new DynamoDBClient(config);
      const TableName = `t-${newId()}`;
      const { TableDescription } = await tables.send(
        new CreateTableCommand({
          TableName,
          KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
          AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
          BillingMode: 'PAY_PER_REQUEST',
          StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' },
        }),
      );
      const streams = new DynamoDBStreamsClient(config);
      return underTest({ tables, streams, TableName, streamArn: TableDescription?.LatestStreamArn ?? '' });
    },
  };
}

interface Table {
  readonly tables: DynamoDBClient;
  readonly streams: DynamoDBStreamsClient;
  readonly TableName: string;
  readonly streamArn: string;
}

function underTest({ tables, streams, TableName, streamArn }: Table): OrderedUnderTest {
  return {
    kind: 'dynamodb',
    eventSourceArn: streamArn,
    kindOne: KIND_ONE.dynamodb,
    async source({ startingPosition, tumblingWindowMs }) {
      const client = await dynamodbStreamsClient({ client: streams, streamArn, clock: systemClock });
      const more = { region: REGION, roleArn: ROLE_ARN, startingPosition, tumblingWindowMs, clock: systemClock };
      return shardSource({ client, arn: streamArn, ...more });
    },
    async put(records) {
      for (const record of records) await tables.send(new PutItemCommand({ TableName, Item: imageOf(record) }));
    },
    seen: (event) => seenIn('dynamodb', event),
    ...disturbing(streams),
    async close() {
      await tables.send(new DeleteTableCommand({ TableName }));
      tables.destroy();
      streams.destroy();
    },
  };
}

/** What is refused, by the endpoint's own errors. */
export function disturbing(streams: DynamoDBStreamsClient): Pick<OrderedUnderTest, 'expire' | 'throttle'> {
  const faults = faultsOf(streams);
  return {
    async expire() {
      faults.refuse('GetRecordsCommand', 'ExpiredIteratorException', 2);
    },
    async throttle() {
      faults.refuse('GetRecordsCommand', 'LimitExceededException', 2);
    },
  };
}
