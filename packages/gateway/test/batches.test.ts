/** Batches by the SDK: what is held against them as a whole, and what only against one of their entries. */
import { expect, test } from 'vitest';
import { makeQueue, refusal, startWorld } from './support.ts';

const entries = (count: number) => Array.from({ length: count }, (_, index) => ({ Id: `${index}`, MessageBody: 'x' }));

test('every entry stands or falls by itself', async () => {
  const { sqs } = await startWorld();
  const QueueUrl = await makeQueue(sqs, 'q', { MaximumMessageSize: '1024' });
  const sent = await sqs.sendMessageBatch({
    QueueUrl,
    Entries: [
      { Id: 'good', MessageBody: 'x', MessageAttributes: { a: { DataType: 'Number', StringValue: '1' } } },
      { Id: 'long', MessageBody: 'x'.repeat(1025) },
      { Id: 'late', MessageBody: 'x', DelaySeconds: 1000 },
      { Id: 'bad', MessageBody: '\u0002' },
      { Id: 'dedup', MessageBody: 'x', MessageDeduplicationId: 'd' },
      { Id: 'empty', MessageBody: '' },
    ],
  });
  expect(sent.Successful!.map(({ Id }) => Id)).toEqual(['good']);
  expect(sent.Failed!.map(({ Id, Code, SenderFault }) => [Id, Code, SenderFault])).toEqual([
    ['long', 'InvalidParameterValue', true],
    ['late', 'InvalidParameterValue', true],
    ['bad', 'InvalidMessageContents', true],
    ['empty', 'MissingParameter', true],
    ['dedup', 'InvalidParameterValue', true],
  ]);
  const { Messages } = await sqs.receiveMessage({ QueueUrl, MaxNumberOfMessages: 10 });
  expect(Messages).toHaveLength(1);
});

test('ten messages are sent, received, hidden anew and deleted in batches', async () => {
  const { sqs } = await startWorld();
  const QueueUrl = await makeQueue(sqs, 'q');
  const sent = await sqs.sendMessageBatch({ QueueUrl, Entries: entries(10) });
  expect(sent).toMatchObject({ Failed: [] });
  const { Messages } = await sqs.receiveMessage({ QueueUrl, MaxNumberOfMessages: 10 });
  expect(Messages!.map(({ MessageId }) => MessageId)).toEqual(sent.Successful!.map(({ MessageId }) => MessageId));
  const handles = Messages!.map(({ ReceiptHandle }, index) => ({ Id: `m${index}`, ReceiptHandle: ReceiptHandle! }));
  const changed = await sqs.changeMessageVisibilityBatch({
    QueueUrl,
    Entries: [
      { Id: 'none', ReceiptHandle: 'x', VisibilityTimeout: 1 },
      { Id: 'long', ReceiptHandle: handles[0]!.ReceiptHandle, VisibilityTimeout: 43_201 },
      ...handles.slice(1, 3).map((entry) => ({ ...entry, VisibilityTimeout: 0 })),
      { Id: 'nothing', ReceiptHandle: handles[3]!.ReceiptHandle },
    ],
  });
  expect(changed.Successful).toEqual([{ Id: 'm1' }, { Id: 'm2' }]);
  expect(changed.Failed!.map(({ Id, Code }) => [Id, Code])).toEqual([
    ['none', 'ReceiptHandleIsInvalid'],
    ['long', 'InvalidParameterValue'],
    ['nothing', 'MissingParameter'],
  ]);
  const again = await sqs.changeMessageVisibilityBatch({
    QueueUrl,
    Entries: [{ ...handles[1]!, VisibilityTimeout: 5 }],
  });
  expect(again.Failed).toMatchObject([
    { Id: 'm1', Code: 'AWS.SimpleQueueService.MessageNotInflight', SenderFault: true },
  ]);
  const Entries = [{ Id: 'none', ReceiptHandle: 'x' }, ...handles.slice(1)];
  const deleted = await sqs.deleteMessageBatch({ QueueUrl, Entries });
  expect(deleted.Successful!.map(({ Id }) => Id)).toEqual(handles.slice(1).map(({ Id }) => Id));
  expect(deleted.Failed).toMatchObject([{ Id: 'none', Code: 'ReceiptHandleIsInvalid' }]);
  const { Attributes } = await sqs.getQueueAttributes({ QueueUrl, AttributeNames: ['All'] });
  expect(Attributes).toMatchObject({ ApproximateNumberOfMessages: '0', ApproximateNumberOfMessagesNotVisible: '1' });
});

test('a batch as a whole is refused', async () => {
  const { sqs } = await startWorld();
  const QueueUrl = await makeQueue(sqs, 'q');
  const send = (Entries: { Id: string; MessageBody: string }[]) => refusal(sqs.sendMessageBatch({ QueueUrl, Entries }));
  const named = 'AWS.SimpleQueueService.';
  expect(await send([])).toBe(
    `${named}EmptyBatchRequest: There should be at least one SendMessageBatchRequestEntry in the request.`,
  );
  expect(await send(entries(20))).toBe(
    `${named}TooManyEntriesInBatchRequest: Maximum number of entries per request are 10. You have sent 20.`,
  );
  expect(await send([...entries(1), ...entries(2)])).toBe(`${named}BatchEntryIdsNotDistinct: Id 0 repeated.`);
  const idText =
    'A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 letters long.';
  for (const Id of ['', 'a:b', 'x'.repeat(81)]) {
    expect(await send([{ Id, MessageBody: 'x' }])).toBe(`${named}InvalidBatchEntryId: ${idText}`);
    expect(await refusal(sqs.deleteMessageBatch({ QueueUrl, Entries: [{ Id, ReceiptHandle: 'x' }] }))).toContain(
      idText,
    );
  }
  const half = 'x'.repeat(524_288);
  await sqs.sendMessageBatch({ QueueUrl, Entries: ['a', 'b'].map((Id) => ({ Id, MessageBody: half })) });
  expect(await send(['a', 'b'].map((Id) => ({ Id, MessageBody: Id === 'a' ? half : `${half}x` })))).toBe(
    `${named}BatchRequestTooLong: Batch requests cannot be longer than 1048576 bytes. You have sent 1048577 bytes.`,
  );
  for (const kind of ['deleteMessageBatch', 'changeMessageVisibilityBatch'] as const) {
    const Entries = Array.from({ length: 11 }, (_, index) => ({ Id: `${index}`, ReceiptHandle: 'x' }));
    expect(await refusal(sqs[kind]({ QueueUrl, Entries }))).toContain('TooManyEntriesInBatchRequest');
  }
});

test('a FIFO queue refuses a batch in which one message lacks what it needs', async () => {
  const { sqs } = await startWorld();
  const QueueUrl = await makeQueue(sqs, 'q.fifo');
  const send = (entry: object) =>
    sqs.sendMessageBatch({ QueueUrl, Entries: [{ Id: 'a', MessageBody: 'x', ...entry }] });
  expect(await refusal(send({ MessageDeduplicationId: 'd' }))).toBe(
    'InvalidParameterValue: The request must contain the parameter MessageGroupId.',
  );
  expect(await refusal(send({ MessageGroupId: 'g' }))).toContain('ContentBasedDeduplication enabled');
  const late = await send({ MessageGroupId: 'g', MessageDeduplicationId: 'd', DelaySeconds: 1 });
  expect(late.Failed).toMatchObject([{ Id: 'a', Code: 'InvalidParameterValue' }]);
  const sent = await send({ MessageGroupId: 'g', MessageDeduplicationId: 'd' });
  expect(sent.Successful![0]!.SequenceNumber).toMatch(/^\d{20}$/);
});
