/** infra/components/dynamodbLocal.mjs: Amazon's own DynamoDB with Streams, private or shared by a test run. */
import { describe, expect, test } from 'vitest';
import { dynamoDbAnswers, ensureDynamoDbLocal, startDynamoDbLocal } from '../../infra/components/dynamodbLocal.mjs';
import { isPortFree } from '../../infra/components/process.mjs';
import { describeWith, sharedDynamoDb } from './available.ts';
import { awsJson } from './awsJson.ts';
import { isAlive } from './processes.ts';

const table = {
  TableName: 'orders',
  KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
  AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
  BillingMode: 'PAY_PER_REQUEST',
  StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' },
};

interface Created {
  readonly TableDescription: { readonly LatestStreamArn: string };
}

interface Described {
  readonly StreamDescription: { readonly Shards: readonly { readonly ShardId: string }[] };
}

interface Read {
  readonly Records: readonly object[];
}

describeWith(['dynamodb-local'], 'a private DynamoDB Local', () => {
  test('puts what is written into the stream of its table, and is gone after stop', async () => {
    const { url, port, pid, stop } = await startDynamoDbLocal();
    expect(url).toBe(`http://127.0.0.1:${port}`);
    const dynamoDb = awsJson(url, 'dynamodb', 'DynamoDB_20120810', '1.0');
    const streams = awsJson(url, 'dynamodb', 'DynamoDBStreams_20120810', '1.0');
    const { TableDescription } = await dynamoDb<Created>('CreateTable', table);
    await dynamoDb('PutItem', { TableName: 'orders', Item: { id: { S: 'o-1' }, total: { N: '7' } } });
    const StreamArn = TableDescription.LatestStreamArn;
    const { StreamDescription } = await streams<Described>('DescribeStream', { StreamArn });
    const ShardId = StreamDescription.Shards[0]?.ShardId;
    const position = { StreamArn, ShardId, ShardIteratorType: 'TRIM_HORIZON' };
    const { Records } = await streams<Read>('GetRecords', await streams('GetShardIterator', position));
    expect(Records).toMatchObject([
      { eventName: 'INSERT', dynamodb: { Keys: { id: { S: 'o-1' } }, NewImage: { total: { N: '7' } } } },
    ]);
    await stop();
    await stop();
    expect(isAlive(pid)).toBe(false);
    expect(await isPortFree(port)).toBe(true);
  });

  test('refuses a port that another program has, in one sentence', async () => {
    const port = Number(new URL(await sharedDynamoDb()).port);
    await expect(startDynamoDbLocal({ port })).rejects.toMatchObject({
      code: 'DYNAMODB_PORT_TAKEN',
      message: `port ${port} of this machine is taken by another program; choose another one.`,
    });
  });

  test('says why it did not start', async () => {
    await expect(startDynamoDbLocal({ jvmArgs: ['-XX:+NoSuchOption'] })).rejects.toMatchObject({
      code: 'DYNAMODB_NOT_READY',
      message: expect.stringMatching(/Error: Could not create the Java Virtual Machine/),
    });
  });
});

describeWith(['dynamodb-local'], 'the DynamoDB Local of a test run', () => {
  test('is one for all who ask, with tables of its own for each access key', async () => {
    const [first, second] = await Promise.all([sharedDynamoDb(), sharedDynamoDb()]);
    expect(second).toBe(first);
    expect(await dynamoDbAnswers(Number(new URL(first).port))).toBe(true);
    const own = awsJson(first, 'dynamodb', 'DynamoDB_20120810', '1.0', 'COMPONENTSTEST');
    await own('CreateTable', table);
    const others = awsJson(first, 'dynamodb', 'DynamoDB_20120810', '1.0', 'SOMEBODYELSE');
    expect(await own('ListTables', {})).toEqual({ TableNames: ['orders'] });
    expect(await others('ListTables', {})).toEqual({ TableNames: [] });
  });
});

describe('a DynamoDB Local that cannot be had', () => {
  test('is one sentence that says what is missing and why it was not installed', async () => {
    const env = { PATH: '/nowhere', MILLRACE_INSTALL: 'never' };
    expect(await ensureDynamoDbLocal({ env })).toBe(
      'Java 17 or newer was not found, and MILLRACE_INSTALL=never forbids to install it',
    );
  });
});
