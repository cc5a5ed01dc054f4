/** Queues by the SDK: making, finding, listing, changing and removing them. */
import { QueueDoesNotExist, QueueNameExists } from '@aws-sdk/client-sqs';
import { expect, test } from 'vitest';
import { ACCOUNT, arnOf, clientOf, makeQueue, refusal, startWorld } from './support.ts';

test('a queue has AWS’s defaults, and its URL has the host that the client used', async () => {
  const { sqs, gateway } = await startWorld();
  expect(await makeQueue(sqs, 'q')).toBe(`${gateway.url}/${ACCOUNT}/q`);
  const other = clientOf(`http://localhost:${gateway.port}`);
  const { QueueUrl } = await other.getQueueUrl({ QueueName: 'q' });
  expect(QueueUrl).toBe(`http://localhost:${gateway.port}/${ACCOUNT}/q`);
  const { Attributes } = await other.getQueueAttributes({ QueueUrl, AttributeNames: ['All'] });
  other.destroy();
  const created = Number(Attributes!.CreatedTimestamp);
  expect(Math.abs(created - Date.now() / 1000)).toBeLessThan(60);
  expect(Attributes).toEqual({
    QueueArn: arnOf('q'),
    ApproximateNumberOfMessages: '0',
    ApproximateNumberOfMessagesNotVisible: '0',
    ApproximateNumberOfMessagesDelayed: '0',
    CreatedTimestamp: String(created),
    LastModifiedTimestamp: String(created),
    VisibilityTimeout: '30',
    MaximumMessageSize: '1048576',
    MessageRetentionPeriod: '345600',
    DelaySeconds: '0',
    ReceiveMessageWaitTimeSeconds: '0',
    SqsManagedSseEnabled: 'true',
  });
});

test('a FIFO queue shows what only FIFO queues have', async () => {
  const { sqs } = await startWorld();
  const QueueUrl = await makeQueue(sqs, 'q.fifo', { ContentBasedDeduplication: 'true' });
  const AttributeNames = [
    'FifoQueue',
    'ContentBasedDeduplication',
    'DeduplicationScope',
    'FifoThroughputLimit',
  ] as const;
  expect(await sqs.getQueueAttributes({ QueueUrl, AttributeNames: [...AttributeNames] })).toMatchObject({
    Attributes: {
      FifoQueue: 'true',
      ContentBasedDeduplication: 'true',
      DeduplicationScope: 'queue',
      FifoThroughputLimit: 'perQueue',
    },
  });
});

test('creating a queue again succeeds where the attributes agree, and says which one does not', async () => {
  const { sqs } = await startWorld();
  const QueueUrl = await makeQueue(sqs, 'q', { DelaySeconds: '5', VisibilityTimeout: '60' });
  expect(await makeQueue(sqs, 'q')).toBe(QueueUrl);
  expect(await makeQueue(sqs, 'q', { DelaySeconds: '5' })).toBe(QueueUrl);
  const again = makeQueue(sqs, 'q', { DelaySeconds: '6' });
  await expect(again).rejects.toThrow(QueueNameExists);
  expect(await refusal(again)).toBe(
    'QueueAlreadyExists: A queue already exists with the same name and a different value for attribute DelaySeconds',
  );
});

test('every attribute that can be set is set, and echoed', async () => {
  const { sqs, clock } = await startWorld();
  await makeQueue(sqs, 'dlq');
  const QueueUrl = await makeQueue(sqs, 'q');
  const Attributes = {
    DelaySeconds: '7',
    MaximumMessageSize: '2048',
    MessageRetentionPeriod: '3600',
    ReceiveMessageWaitTimeSeconds: '20',
    VisibilityTimeout: '0',
    KmsMasterKeyId: 'alias/aws/sqs',
    KmsDataKeyReusePeriodSeconds: '600',
    Policy: '{"Version":"2012-10-17","Statement":[]}',
    RedriveAllowPolicy: '{"redrivePermission":"denyAll"}',
    RedrivePolicy: JSON.stringify({ deadLetterTargetArn: arnOf('dlq'), maxReceiveCount: 3 }),
  };
  clock.push(5000);
  await sqs.setQueueAttributes({ QueueUrl, Attributes });
  const set = (await sqs.getQueueAttributes({ QueueUrl, AttributeNames: ['All'] })).Attributes!;
  expect(set).toMatchObject({ ...Attributes, SqsManagedSseEnabled: 'false' });
  expect(Number(set.LastModifiedTimestamp) - Number(set.CreatedTimestamp)).toBeGreaterThanOrEqual(5);
  await sqs.setQueueAttributes({
    QueueUrl,
    Attributes: { RedrivePolicy: '', Policy: '', SqsManagedSseEnabled: 'true' },
  });
  const reset = (await sqs.getQueueAttributes({ QueueUrl, AttributeNames: ['All'] })).Attributes!;
  expect(reset).not.toHaveProperty('RedrivePolicy');
  expect(reset).not.toHaveProperty('Policy');
  expect(reset).not.toHaveProperty('KmsMasterKeyId');
  expect(reset).toMatchObject({ SqsManagedSseEnabled: 'true', VisibilityTimeout: '0' });
});

test('attributes that were not asked for are not shown', async () => {
  const { sqs } = await startWorld();
  const QueueUrl = await makeQueue(sqs, 'q');
  expect((await sqs.getQueueAttributes({ QueueUrl })).Attributes).toEqual({});
  expect((await sqs.getQueueAttributes({ QueueUrl, AttributeNames: ['QueueArn'] })).Attributes).toEqual({
    QueueArn: arnOf('q'),
  });
});

test.each<[Record<string, string>, string]>([
  [{ Nonsense: '1' }, 'InvalidAttributeName: Unknown Attribute Nonsense.'],
  [{ QueueArn: 'x' }, 'InvalidAttributeName: Unknown Attribute QueueArn.'],
  [{ FifoQueue: 'true' }, 'InvalidAttributeName: Unknown Attribute FifoQueue.'],
  [{ ContentBasedDeduplication: 'true' }, 'InvalidAttributeName: Unknown Attribute ContentBasedDeduplication.'],
  [{ VisibilityTimeout: '43201' }, 'InvalidAttributeValue: Invalid value for the parameter VisibilityTimeout.'],
  [{ VisibilityTimeout: '-1' }, 'InvalidAttributeValue: Invalid value for the parameter VisibilityTimeout.'],
  [{ DelaySeconds: '901' }, 'InvalidAttributeValue: Invalid value for the parameter DelaySeconds.'],
  [{ DelaySeconds: '' }, 'InvalidAttributeValue: Invalid value for the parameter DelaySeconds.'],
  [{ MaximumMessageSize: '1023' }, 'InvalidAttributeValue: Invalid value for the parameter MaximumMessageSize.'],
  [{ MaximumMessageSize: '1048577' }, 'InvalidAttributeValue: Invalid value for the parameter MaximumMessageSize.'],
  [{ MessageRetentionPeriod: '59' }, 'InvalidAttributeValue: Invalid value for the parameter MessageRetentionPeriod.'],
  [
    { ReceiveMessageWaitTimeSeconds: '21' },
    'InvalidAttributeValue: Invalid value for the parameter ReceiveMessageWaitTimeSeconds.',
  ],
  [{ Policy: 'no json' }, 'InvalidAttributeValue: Invalid value for the parameter Policy.'],
  [{ SqsManagedSseEnabled: 'maybe' }, 'InvalidAttributeValue: Invalid value for the parameter SqsManagedSseEnabled.'],
  [
    { SqsManagedSseEnabled: 'true', KmsMasterKeyId: 'k' },
    'InvalidAttributeName: You can use one type of server-side encryption (SSE) at one time. You can either enable KMS SSE or SQS SSE.',
  ],
])('SetQueueAttributes refuses %j', async (Attributes, text) => {
  const { sqs } = await startWorld();
  const QueueUrl = await makeQueue(sqs, 'q');
  expect(await refusal(sqs.setQueueAttributes({ QueueUrl, Attributes }))).toBe(text);
});

test('the type of a queue cannot be changed, and what is not supported is refused by name', async () => {
  const { sqs } = await startWorld();
  const QueueUrl = await makeQueue(sqs, 'q.fifo');
  expect(await refusal(sqs.setQueueAttributes({ QueueUrl, Attributes: { FifoQueue: 'false' } }))).toBe(
    'InvalidAttributeValue: Invalid value for the parameter FifoQueue. Reason: Modifying queue type is not supported.',
  );
  expect(await refusal(sqs.setQueueAttributes({ QueueUrl, Attributes: { DeduplicationScope: 'messageGroup' } }))).toBe(
    'InvalidAttributeValue: Invalid value for the parameter DeduplicationScope. Reason: Only queue is supported here.',
  );
  expect(await refusal(sqs.removePermission({ QueueUrl, Label: 'x' }))).toContain('AddPermission and RemovePermission');
});

test.each([
  ['x'.repeat(81), {}, 'Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length'],
  ['a b', {}, 'Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length'],
  ['a.fifo', {}, 'The name of a FIFO queue can only include'],
  ['a', { FifoQueue: 'true' }, 'must end with .fifo suffix'],
  ['.fifo', { FifoQueue: 'true' }, 'must end with .fifo suffix and be 1 to 80 in length'],
  ['a', { FifoQueue: 'false' }, 'Unknown Attribute FifoQueue.'],
])('CreateQueue refuses the name %s with %j', async (QueueName, Attributes, text) => {
  const { sqs } = await startWorld();
  expect(await refusal(sqs.createQueue({ QueueName, Attributes }))).toContain(text);
});

test.each([
  ['{', 'Redrive policy is not a valid JSON map.'],
  ['{"deadLetterTargetArn":"x"}', 'Redrive policy does not contain mandatory attribute: maxReceiveCount.'],
  ['{"maxReceiveCount":3}', 'Redrive policy does not contain mandatory attribute: deadLetterTargetArn.'],
  ['{"deadLetterTargetArn":"dummy","maxReceiveCount":42}', 'Invalid value for deadLetterTargetArn.'],
  [`{"deadLetterTargetArn":"${arnOf('nobody')}","maxReceiveCount":3}`, 'Dead letter target does not exist.'],
  [`{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:1:dlq","maxReceiveCount":3}`, 'Dead letter target does not exist.'],
  [`{"deadLetterTargetArn":"${arnOf('dlq')}","maxReceiveCount":0}`, 'valid values are from 1 to 1000 both inclusive.'],
  [`{"deadLetterTargetArn":"${arnOf('dlq.fifo')}","maxReceiveCount":3}`, 'must be same type of queue as the source.'],
  [`{"deadLetterTargetArn":"${arnOf('closed')}","maxReceiveCount":3}`, 'RedriveAllowPolicy of the target'],
])('a redrive policy of %s is refused', async (RedrivePolicy, text) => {
  const { sqs } = await startWorld();
  await makeQueue(sqs, 'dlq');
  await makeQueue(sqs, 'dlq.fifo');
  await makeQueue(sqs, 'closed', { RedriveAllowPolicy: '{"redrivePermission":"denyAll"}' });
  const refused = await refusal(makeQueue(sqs, 'q', { RedrivePolicy }));
  expect(refused).toContain(
    `InvalidParameterValue: Value ${RedrivePolicy} for parameter RedrivePolicy is invalid. Reason: `,
  );
  expect(refused).toContain(text);
});

test('queues are listed by prefix and in pages', async () => {
  const { sqs } = await startWorld();
  expect((await sqs.listQueues({})).QueueUrls).toBeUndefined();
  for (const name of ['b1', 'a1', 'b3', 'b2']) await makeQueue(sqs, name);
  const names = (urls: string[] | undefined) => (urls ?? []).map((url) => url.split('/').at(-1));
  expect(names((await sqs.listQueues({})).QueueUrls)).toEqual(['a1', 'b1', 'b2', 'b3']);
  const first = await sqs.listQueues({ QueueNamePrefix: 'b', MaxResults: 2 });
  expect(names(first.QueueUrls)).toEqual(['b1', 'b2']);
  const second = await sqs.listQueues({ QueueNamePrefix: 'b', MaxResults: 2, NextToken: first.NextToken });
  expect(names(second.QueueUrls)).toEqual(['b3']);
  expect(second.NextToken).toBeUndefined();
  expect(await refusal(sqs.listQueues({ MaxResults: 1001 }))).toContain('parameter MaxResults');
  expect(await refusal(sqs.listQueues({ NextToken: '///' }))).toContain('parameter NextToken');
});

test('tags are added, replaced, listed and taken away', async () => {
  const { sqs } = await startWorld();
  const { QueueUrl } = await sqs.createQueue({ QueueName: 'q', tags: { a: '1', b: '' } });
  await sqs.tagQueue({ QueueUrl, Tags: { b: '2', __proto: 'x', c: '3' } });
  expect((await sqs.listQueueTags({ QueueUrl })).Tags).toEqual({ a: '1', b: '2', __proto: 'x', c: '3' });
  await sqs.untagQueue({ QueueUrl, TagKeys: ['a', 'nobody', '__proto'] });
  expect((await sqs.listQueueTags({ QueueUrl })).Tags).toEqual({ b: '2', c: '3' });
  const Tags = Object.fromEntries(Array.from({ length: 49 }, (_, index) => [`t${index}`, '']));
  expect(await refusal(sqs.tagQueue({ QueueUrl, Tags }))).toContain('Too many tags');
});

test('a purge empties the queue, once in 60 seconds', async () => {
  const { sqs, clock } = await startWorld();
  const QueueUrl = await makeQueue(sqs, 'q');
  await sqs.sendMessage({ QueueUrl, MessageBody: 'x' });
  await sqs.purgeQueue({ QueueUrl });
  expect((await sqs.receiveMessage({ QueueUrl })).Messages).toBeUndefined();
  expect(await refusal(sqs.purgeQueue({ QueueUrl }))).toBe(
    'AWS.SimpleQueueService.PurgeQueueInProgress: Only one PurgeQueue operation on q is allowed every 60 seconds.',
  );
  clock.push(60_000);
  await sqs.purgeQueue({ QueueUrl });
});

test('a queue that was deleted does not exist, and may be made again at once', async () => {
  const { sqs } = await startWorld();
  const QueueUrl = await makeQueue(sqs, 'q');
  await sqs.sendMessage({ QueueUrl, MessageBody: 'x' });
  await sqs.deleteQueue({ QueueUrl });
  await expect(sqs.sendMessage({ QueueUrl, MessageBody: 'x' })).rejects.toThrow(QueueDoesNotExist);
  expect(await refusal(sqs.getQueueUrl({ QueueName: 'q' }))).toBe(
    'AWS.SimpleQueueService.NonExistentQueue: The specified queue does not exist.',
  );
  await makeQueue(sqs, 'q');
  expect((await sqs.receiveMessage({ QueueUrl })).Messages).toBeUndefined();
});

test('a queue that was removed elsewhere does not exist, although it is still remembered', async () => {
  const { sqs, queues } = await startWorld();
  const QueueUrl = await makeQueue(sqs, 'q');
  await queues.remove('q');
  await expect(sqs.sendMessage({ QueueUrl, MessageBody: 'x' })).rejects.toThrow(QueueDoesNotExist);
});

test('what was changed elsewhere counts within a second', async () => {
  const { sqs, queues, clock } = await startWorld();
  const QueueUrl = await makeQueue(sqs, 'q');
  await queues.change('q', { delayMs: 5000 });
  clock.push(1000);
  const { Attributes } = await sqs.getQueueAttributes({ QueueUrl, AttributeNames: ['DelaySeconds'] });
  expect(Attributes).toEqual({ DelaySeconds: '5' });
});

test('queues of another account, and addresses that are none, are refused', async () => {
  const { sqs, gateway } = await startWorld();
  await makeQueue(sqs, 'q');
  const QueueUrl = `${gateway.url}/000000000000/q`;
  expect(await refusal(sqs.receiveMessage({ QueueUrl }))).toContain('NonExistentQueue');
  expect(await refusal(sqs.getQueueUrl({ QueueName: 'q', QueueOwnerAWSAccountId: '000000000000' }))).toContain(
    'NonExistentQueue',
  );
  expect(await refusal(sqs.receiveMessage({ QueueUrl: 'nowhere' }))).toBe(
    'InvalidAddress: The address nowhere is not valid for this endpoint.',
  );
});

test('the queues that use a dead-letter queue are listed, in pages', async () => {
  const { sqs } = await startWorld();
  const QueueUrl = await makeQueue(sqs, 'dlq');
  const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: arnOf('dlq'), maxReceiveCount: '3' });
  for (const name of ['b', 'a', 'c']) await makeQueue(sqs, name, { RedrivePolicy });
  const first = await sqs.listDeadLetterSourceQueues({ QueueUrl, MaxResults: 2 });
  expect(first.queueUrls!.map((url) => url.at(-1))).toEqual(['a', 'b']);
  const second = await sqs.listDeadLetterSourceQueues({ QueueUrl, MaxResults: 2, NextToken: first.NextToken });
  expect(second.queueUrls!.map((url) => url.at(-1))).toEqual(['c']);
  expect((await sqs.listDeadLetterSourceQueues({ QueueUrl: second.queueUrls![0] })).queueUrls).toEqual([]);
});
