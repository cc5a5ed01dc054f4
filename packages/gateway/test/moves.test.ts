/** Message move tasks by the SDK, by the rules and in the words that were recorded on AWS. */
import type { SQS } from '@aws-sdk/client-sqs';
import { expect, test, vi } from 'vitest';
import { arnOf, makeQueue, refusal, startWorld } from './support.ts';

const soon = { timeout: 10_000, interval: 10 };

/** `q` with the dead-letter queue `dlq`, in which so many of its messages are. */
async function withDeadLetters(sqs: SQS, count: number): Promise<{ q: string; dlq: string }> {
  const dlq = await makeQueue(sqs, 'dlq');
  const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: arnOf('dlq'), maxReceiveCount: 1 });
  const q = await makeQueue(sqs, 'q', { RedrivePolicy, VisibilityTimeout: '0' });
  for (let index = 0; index < count; index++) await sqs.sendMessage({ QueueUrl: q, MessageBody: `${index}` });
  for (let index = 0; index < 2 * count; index++) await sqs.receiveMessage({ QueueUrl: q });
  return { q, dlq };
}

const latest = async (sqs: SQS) => (await sqs.listMessageMoveTasks({ SourceArn: arnOf('dlq') })).Results![0];
const waiting = async (sqs: SQS, QueueUrl: string) =>
  Number((await sqs.getQueueAttributes({ QueueUrl, AttributeNames: ['All'] })).Attributes!.ApproximateNumberOfMessages);

test('dead letters go back to where they came from, as new messages', async () => {
  const { sqs } = await startWorld();
  const { q, dlq } = await withDeadLetters(sqs, 3);
  expect(await waiting(sqs, dlq)).toBe(3);
  const { TaskHandle } = await sqs.startMessageMoveTask({ SourceArn: arnOf('dlq') });
  expect(TaskHandle).toBeTruthy();
  await vi.waitFor(async () => expect((await latest(sqs))!.Status).toBe('COMPLETED'), soon);
  const { StartedTimestamp, ...task } = (await latest(sqs))!;
  expect(Math.abs(StartedTimestamp! - Date.now())).toBeLessThan(60_000);
  expect(task).toEqual({
    Status: 'COMPLETED',
    SourceArn: arnOf('dlq'),
    ApproximateNumberOfMessagesMoved: 3,
    ApproximateNumberOfMessagesToMove: 3,
  });
  expect(await waiting(sqs, q)).toBe(3);
  expect(await waiting(sqs, dlq)).toBe(0);
});

test('a task with a rate moves no faster, can be cancelled, and then another one may start', async () => {
  const { sqs } = await startWorld();
  const { dlq } = await withDeadLetters(sqs, 12);
  const other = await makeQueue(sqs, 'other');
  const order = { SourceArn: arnOf('dlq'), DestinationArn: arnOf('other'), MaxNumberOfMessagesPerSecond: 10 };
  const began = performance.now();
  const { TaskHandle } = await sqs.startMessageMoveTask(order);
  expect(await latest(sqs)).toMatchObject({ Status: 'RUNNING', TaskHandle, MaxNumberOfMessagesPerSecond: 10 });
  expect(await refusal(sqs.startMessageMoveTask(order))).toBe(
    'InvalidParameterValue: There is already a task running. Only one active task is allowed for a source queue arn at a given time.',
  );
  await vi.waitFor(async () => expect(await waiting(sqs, other)).toBeGreaterThanOrEqual(3), soon);
  expect(performance.now() - began).toBeGreaterThanOrEqual(250);
  const { ApproximateNumberOfMessagesMoved: moved } = await sqs.cancelMessageMoveTask({ TaskHandle });
  expect(await latest(sqs)).toMatchObject({ Status: 'CANCELLED', ApproximateNumberOfMessagesToMove: 12 });
  expect(await latest(sqs)).not.toHaveProperty('TaskHandle');
  expect(await waiting(sqs, other)).toBe(moved);
  expect(await refusal(sqs.cancelMessageMoveTask({ TaskHandle }))).toContain('Only active tasks can be cancelled.');
  await sqs.startMessageMoveTask({ SourceArn: arnOf('dlq'), DestinationArn: arnOf('other') });
  await vi.waitFor(async () => expect(await waiting(sqs, dlq)).toBe(0), soon);
  await vi.waitFor(async () => expect((await latest(sqs))!.Status).toBe('COMPLETED'), soon);
  const { Results } = await sqs.listMessageMoveTasks({ SourceArn: arnOf('dlq'), MaxResults: 10 });
  expect(Results!.map(({ Status }) => Status)).toEqual(['COMPLETED', 'CANCELLED']);
});

test('a task fails when its destination goes, and when nobody knows where a message came from', async () => {
  const { sqs } = await startWorld();
  const { dlq } = await withDeadLetters(sqs, 5);
  const other = await makeQueue(sqs, 'other');
  const order = { SourceArn: arnOf('dlq'), DestinationArn: arnOf('other') };
  await sqs.startMessageMoveTask({ ...order, MaxNumberOfMessagesPerSecond: 10 });
  await sqs.deleteQueue({ QueueUrl: other });
  await vi.waitFor(async () => expect((await latest(sqs))!.Status).toBe('FAILED'), soon);
  expect((await latest(sqs))!.FailureReason).toBe('AWS.SimpleQueueService.NonExistentQueue');
  await sqs.purgeQueue({ QueueUrl: dlq });
  await sqs.sendMessage({ QueueUrl: dlq, MessageBody: 'sent here' });
  await sqs.startMessageMoveTask({ SourceArn: arnOf('dlq') });
  await vi.waitFor(async () => expect((await latest(sqs))!.FailureReason).toBe('CouldNotDetermineMessageSource'), soon);
  expect(await waiting(sqs, dlq)).toBe(1);
});

test('what AWS refuses', async () => {
  const { sqs } = await startWorld();
  await withDeadLetters(sqs, 0);
  await makeQueue(sqs, 'other.fifo');
  const SourceArn = arnOf('dlq');
  const start = (input: object) => refusal(sqs.startMessageMoveTask({ SourceArn, ...input }));
  expect(await start({ SourceArn: arnOf('q') })).toBe(
    'InvalidParameterValue: Source queue must be configured as a Dead Letter Queue.',
  );
  expect(await start({ SourceArn: arnOf('nobody') })).toBe(
    "ResourceNotFoundException: The resource that you specified for the SourceArn parameter doesn't exist.",
  );
  expect(await start({ DestinationArn: arnOf('nobody') })).toBe(
    "ResourceNotFoundException: The resource that you specified for the DestinationArn parameter doesn't exist.",
  );
  expect(await start({ SourceArn: 'dlq' })).toContain('You must use this format to specify the SourceArn');
  expect(await start({ SourceArn: '' })).toContain('must contain the parameter SourceArn');
  expect(await start({ DestinationArn: SourceArn })).toContain('must be two queues');
  expect(await start({ DestinationArn: arnOf('other.fifo') })).toContain('of the same type');
  for (const rate of [0, 501])
    expect(await start({ MaxNumberOfMessagesPerSecond: rate })).toContain('between 1 and 500');
  expect(await refusal(sqs.listMessageMoveTasks({ SourceArn, MaxResults: 11 }))).toContain('between 1 and 10');
  const cancel = (TaskHandle: string) => refusal(sqs.cancelMessageMoveTask({ TaskHandle }));
  const handle = (sourceArn: string) => Buffer.from(JSON.stringify({ taskId: 'x', sourceArn })).toString('base64');
  expect(await cancel('foobar')).toBe('InvalidParameterValue: Value for parameter TaskHandle is invalid.');
  expect(await cancel(handle(arnOf('nobody')))).toContain('ResourceNotFoundException: The resource that you specified');
  expect(await cancel(handle(SourceArn))).toBe('ResourceNotFoundException: Task does not exist.');
});
