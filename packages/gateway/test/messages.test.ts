/** Messages by the SDK, which checks every MD5 sum itself: sending, receiving, deleting, visibility, batches. */
import { createHash } from 'node:crypto';
import { MessageNotInflight, ReceiptHandleIsInvalid, type SendMessageCommandInput } from '@aws-sdk/client-sqs';
import { md5OfMessageAttributes } from '@millrace/aws-shapes';
import { expect, test } from 'vitest';
import { ACCOUNT, arnOf, makeQueue, refusal, startWorld } from './support.ts';

const md5 = (text: string) => createHash('md5').update(text).digest('hex');

test('a message comes back with all its attributes', async () => {
  const { sqs } = await startWorld();
  const QueueUrl = await makeQueue(sqs, 'q');
  const body = 'grüße 🚣\r\n\t<&>';
  const sent = await sqs.sendMessage({
    QueueUrl,
    MessageBody: body,
    MessageGroupId: 'fair',
    MessageAttributes: {
      text: { DataType: 'String.label', StringValue: 'é' },
      number: { DataType: 'Number', StringValue: '-1.5e3' },
      bytes: { DataType: 'Binary', BinaryValue: Uint8Array.of(0, 255, 7) },
    },
    MessageSystemAttributes: { AWSTraceHeader: { DataType: 'String', StringValue: 'Root=1-2-3' } },
  });
  expect(sent.MD5OfMessageBody).toBe(md5(body));
  expect(sent.MD5OfMessageSystemAttributes).toBe(
    md5OfMessageAttributes({ AWSTraceHeader: { dataType: 'String', stringValue: 'Root=1-2-3' } }),
  );
  const { Messages } = await sqs.receiveMessage({
    QueueUrl,
    MessageSystemAttributeNames: ['All'],
    MessageAttributeNames: ['All'],
  });
  const [message] = Messages!;
  const { SentTimestamp, ApproximateFirstReceiveTimestamp } = message!.Attributes!;
  expect(Number(SentTimestamp)).toBeLessThanOrEqual(Number(ApproximateFirstReceiveTimestamp));
  expect(message).toMatchObject({
    MessageId: sent.MessageId,
    Body: body,
    MD5OfBody: md5(body),
    MD5OfMessageAttributes: sent.MD5OfMessageAttributes,
    Attributes: {
      SenderId: ACCOUNT,
      SentTimestamp,
      ApproximateReceiveCount: '1',
      ApproximateFirstReceiveTimestamp,
      MessageGroupId: 'fair',
      AWSTraceHeader: 'Root=1-2-3',
    },
    MessageAttributes: {
      text: { DataType: 'String.label', StringValue: 'é' },
      number: { DataType: 'Number', StringValue: '-1.5e3' },
      bytes: { DataType: 'Binary' },
    },
  });
  expect([...message!.MessageAttributes!.bytes!.BinaryValue!]).toEqual([0, 255, 7]);
});

test.each([
  [[], []],
  [['All'], ['General', 'Hello', 'Help.Me']],
  [['.*'], ['General', 'Hello', 'Help.Me']],
  [['*'], ['General', 'Hello', 'Help.Me']],
  [['Hel.*'], ['Hello', 'Help.Me']],
  [['Help.*'], ['Help.Me']],
  [['Hello', 'nobody'], ['Hello']],
  [['nobody'], []],
  [['AWS.x', '..'], []],
])('message attributes %j are %j, under the MD5 sum of just those', async (names, expected) => {
  const { sqs } = await startWorld();
  const QueueUrl = await makeQueue(sqs, 'q');
  const value = (StringValue: string) => ({ DataType: 'String', StringValue });
  const MessageAttributes = { Hello: value('There'), General: value('Kenobi'), 'Help.Me': value('Me') };
  await sqs.sendMessage({ QueueUrl, MessageBody: 'msg', MessageAttributes });
  const { Messages } = await sqs.receiveMessage({ QueueUrl, MessageAttributeNames: names });
  expect(Object.keys(Messages![0]!.MessageAttributes ?? {}).sort()).toEqual(expected);
  const recorded: Record<number, string> = {
    2: '83fee93c1bcd8b9a5a923ffacdc636c7',
    3: '4c360f3fdafd970e05fae2f149d997f5',
  };
  if (recorded[expected.length]) expect(Messages![0]!.MD5OfMessageAttributes).toBe(recorded[expected.length]);
  expect(Messages![0]!.Attributes).toBeUndefined();
});

test('system attributes come by their names only', async () => {
  const { sqs } = await startWorld();
  const QueueUrl = await makeQueue(sqs, 'q');
  await sqs.sendMessage({ QueueUrl, MessageBody: 'x' });
  const { Messages } = await sqs.receiveMessage({
    QueueUrl,
    MessageSystemAttributeNames: ['SenderId', 'MessageGroupId'],
    AttributeNames: ['ApproximateReceiveCount' as 'All'],
  });
  expect(Messages![0]!.Attributes).toEqual({ SenderId: ACCOUNT, ApproximateReceiveCount: '1' });
  const AttributeNames = ['Nonsense' as 'All'];
  expect(await refusal(sqs.receiveMessage({ QueueUrl, AttributeNames }))).toBe(
    'InvalidAttributeName: Unknown Attribute Nonsense.',
  );
});

type Sent = Omit<SendMessageCommandInput, 'QueueUrl' | 'MessageBody'> & { MessageBody?: string };
const attribute = (DataType: string, StringValue?: string) => ({ DataType, StringValue });
const eleven = Object.fromEntries(Array.from({ length: 11 }, (_, index) => [`a${index}`, attribute('String', 'x')]));

test.each<[string, Sent, string]>([
  ['no body', { MessageBody: '' }, 'MissingParameter: The request must contain the parameter MessageBody.'],
  [
    'a control character',
    { MessageBody: 'a\u0001' },
    "InvalidMessageContents: Invalid binary character '#x1' was found",
  ],
  ['U+FFFF', { MessageBody: 'a\uFFFF' }, "InvalidMessageContents: Invalid binary character '#xFFFF' was found"],
  [
    'a byte too many',
    { MessageBody: 'x'.repeat(1_048_577) },
    'InvalidParameterValue: One or more parameters are invalid. Reason: Message must be shorter than 1048576 bytes.',
  ],
  [
    'a delay',
    { DelaySeconds: 901 },
    'InvalidParameterValue: Value 901 for parameter DelaySeconds is invalid. Reason: DelaySeconds must be >= 0 and <= 900.',
  ],
  ['a negative delay', { DelaySeconds: -1 }, 'InvalidParameterValue: Value -1 for parameter DelaySeconds'],
  ['a deduplication id', { MessageDeduplicationId: 'x' }, 'not valid for this queue type'],
  [
    'a group id with a space',
    { MessageGroupId: 'a b' },
    'MessageGroupId can only include alphanumeric and punctuation',
  ],
  [
    '11 attributes',
    { MessageAttributes: eleven },
    'Number of message attributes [11] exceeds the allowed maximum [10].',
  ],
  [
    'an empty attribute',
    { MessageAttributes: { ErrorDetails: attribute('String', '') } },
    "Message (user) attribute 'ErrorDetails' must contain a non-empty value of type 'String'.",
  ],
  [
    'a type of its own',
    { MessageAttributes: { a: attribute('Text', 'x') } },
    "The type of message (user) attribute 'a' is invalid.",
  ],
  ['no type', { MessageAttributes: { a: attribute('', 'x') } }, 'must contain a non-empty message attribute type'],
  ['no number', { MessageAttributes: { a: attribute('Number', 'x') } }, "Can't cast the value"],
  [
    'a number that takes long to refuse',
    { MessageAttributes: { a: attribute('Number', `${'1'.repeat(200_000)}x`) } },
    "Can't cast the value",
  ],
  [
    'a name with a space',
    { MessageAttributes: { 'a b': attribute('String', 'x') } },
    'Invalid non-alphanumeric character',
  ],
  ['a name that ends in a dot', { MessageAttributes: { 'a.': attribute('String', 'x') } }, 'with a dot'],
  ['a name of AWS', { MessageAttributes: { 'AWS.a': attribute('String', 'x') } }, "beginning with 'AWS.'"],
  [
    'a list',
    { MessageAttributes: { a: { DataType: 'String', StringListValues: ['x'] } } },
    'list values in SendMessage operation are not supported',
  ],
  [
    'another system attribute',
    { MessageSystemAttributes: { SenderId: attribute('String', 'x') } as never },
    "Message system attribute name 'SenderId' is invalid.",
  ],
])('a message with %s is refused', async (_title, sent, text) => {
  const { sqs } = await startWorld();
  const QueueUrl = await makeQueue(sqs, 'q');
  expect(await refusal(sqs.sendMessage({ QueueUrl, MessageBody: 'x', ...sent }))).toContain(text);
  expect((await sqs.receiveMessage({ QueueUrl })).Messages).toBeUndefined();
});

test('body and attributes together are measured against the queue’s own limit', async () => {
  const { sqs } = await startWorld();
  const QueueUrl = await makeQueue(sqs, 'q', { MaximumMessageSize: '1024' });
  const MessageAttributes = { name: { DataType: 'String', StringValue: 'é' } };
  const fits = 1024 - 'nameString'.length - 2;
  await sqs.sendMessage({ QueueUrl, MessageBody: 'x'.repeat(fits), MessageAttributes });
  expect(await refusal(sqs.sendMessage({ QueueUrl, MessageBody: 'x'.repeat(fits + 1), MessageAttributes }))).toContain(
    'Message must be shorter than 1024 bytes.',
  );
});

test('a message of 1 MiB passes, also where every character is longer on the wire', async () => {
  const { sqs } = await startWorld();
  const QueueUrl = await makeQueue(sqs, 'q');
  const body = '\t"é'.repeat(262_144);
  await sqs.sendMessage({ QueueUrl, MessageBody: body });
  expect((await sqs.receiveMessage({ QueueUrl })).Messages![0]!.Body).toBe(body);
});

test.each([
  [
    { MaxNumberOfMessages: 11 },
    'Value 11 for parameter MaxNumberOfMessages is invalid. Reason: Must be between 1 and 10, if provided.',
  ],
  [{ MaxNumberOfMessages: 0 }, 'Value 0 for parameter MaxNumberOfMessages is invalid.'],
  [
    { VisibilityTimeout: 43_201 },
    'Value 43201 for parameter VisibilityTimeout is invalid. Reason: Must be >= 0 and <= 43200, if provided.',
  ],
  [
    { WaitTimeSeconds: 21 },
    'Value 21 for parameter WaitTimeSeconds is invalid. Reason: Must be >= 0 and <= 20, if provided.',
  ],
  [{ ReceiveRequestAttemptId: 'x' }, 'not valid for this queue type'],
])('a receive with %j is refused', async (input, text) => {
  const { sqs } = await startWorld();
  const QueueUrl = await makeQueue(sqs, 'q');
  expect(await refusal(sqs.receiveMessage({ QueueUrl, ...input }))).toContain(
    `InvalidParameterValue: ${text}`.slice(0, 20),
  );
  expect(await refusal(sqs.receiveMessage({ QueueUrl, ...input }))).toContain(text);
});

test('a receive waits as long as it says, or as the queue says, and ends with the first message', async () => {
  const { sqs } = await startWorld();
  const QueueUrl = await makeQueue(sqs, 'q', { ReceiveMessageWaitTimeSeconds: '20' });
  const began = performance.now();
  expect((await sqs.receiveMessage({ QueueUrl, WaitTimeSeconds: 0 })).Messages).toBeUndefined();
  const waiting = sqs.receiveMessage({ QueueUrl });
  await sqs.sendMessage({ QueueUrl, MessageBody: 'x' });
  expect((await waiting).Messages).toHaveLength(1);
  expect(performance.now() - began).toBeLessThan(5000);
  await sqs.receiveMessage({ QueueUrl, WaitTimeSeconds: 1 });
  expect(performance.now() - began).toBeGreaterThan(1000);
});

test('visibility: hidden for its time, longer or shorter by wish, counted', async () => {
  const { sqs, clock } = await startWorld();
  const QueueUrl = await makeQueue(sqs, 'q');
  await sqs.sendMessage({ QueueUrl, MessageBody: 'x' });
  const receive = async () =>
    (await sqs.receiveMessage({ QueueUrl, MessageSystemAttributeNames: ['All'] })).Messages?.[0];
  const first = await receive();
  await sqs.changeMessageVisibility({ QueueUrl, ReceiptHandle: first!.ReceiptHandle, VisibilityTimeout: 100 });
  clock.push(40_000);
  expect(await receive()).toBeUndefined();
  await sqs.changeMessageVisibility({ QueueUrl, ReceiptHandle: first!.ReceiptHandle, VisibilityTimeout: 0 });
  const second = await receive();
  expect(second!.Attributes!.ApproximateReceiveCount).toBe('2');
  expect(second!.ReceiptHandle).not.toBe(first!.ReceiptHandle);
  const { Attributes } = await sqs.getQueueAttributes({ QueueUrl, AttributeNames: ['All'] });
  expect(Attributes).toMatchObject({ ApproximateNumberOfMessages: '0', ApproximateNumberOfMessagesNotVisible: '1' });
});

test('what a receipt handle is no longer good for is refused', async () => {
  const { sqs, clock } = await startWorld();
  const QueueUrl = await makeQueue(sqs, 'q');
  const other = await makeQueue(sqs, 'other');
  await sqs.sendMessage({ QueueUrl, MessageBody: 'x' });
  const { ReceiptHandle } = (await sqs.receiveMessage({ QueueUrl })).Messages![0]!;
  const change = (VisibilityTimeout: number) =>
    sqs.changeMessageVisibility({ QueueUrl, ReceiptHandle, VisibilityTimeout });
  expect(await refusal(change(43_201))).toContain('Value 43201 for parameter VisibilityTimeout');
  clock.push(1000);
  expect(await refusal(change(43_200))).toContain('is beyond the limit [43200 seconds]');
  await expect(sqs.deleteMessage({ QueueUrl: other, ReceiptHandle })).rejects.toThrow(ReceiptHandleIsInvalid);
  expect(await refusal(sqs.deleteMessage({ QueueUrl, ReceiptHandle: 'x' }))).toBe(
    'ReceiptHandleIsInvalid: The input receipt handle "x" is not a valid receipt handle.',
  );
  await change(0);
  await expect(change(5)).rejects.toThrow(MessageNotInflight);
  await sqs.deleteMessage({ QueueUrl, ReceiptHandle });
  await sqs.deleteMessage({ QueueUrl, ReceiptHandle });
  expect(await refusal(change(5))).toBe(
    `InvalidParameterValue: Value ${ReceiptHandle} for parameter ReceiptHandle is invalid. Reason: Message does not exist or is not available for visibility timeout change.`,
  );
});

test('FIFO: order, deduplication, and what such a queue must have of a message', async () => {
  const { sqs, clock } = await startWorld();
  const QueueUrl = await makeQueue(sqs, 'q.fifo');
  const entry = (id: string, group: string) => ({ MessageBody: id, MessageGroupId: group, MessageDeduplicationId: id });
  const first = await sqs.sendMessage({ QueueUrl, ...entry('1', 'a') });
  expect(first.SequenceNumber).toMatch(/^\d{20}$/);
  expect(await sqs.sendMessage({ QueueUrl, ...entry('1', 'b') })).toMatchObject({ MessageId: first.MessageId });
  await sqs.sendMessage({ QueueUrl, ...entry('2', 'a') });
  const receive = async () =>
    (await sqs.receiveMessage({ QueueUrl, MaxNumberOfMessages: 1, MessageSystemAttributeNames: ['All'] })).Messages;
  const [message] = (await receive())!;
  expect(message!.Attributes).toMatchObject({
    SequenceNumber: first.SequenceNumber,
    MessageGroupId: 'a',
    MessageDeduplicationId: '1',
  });
  expect(await receive()).toBeUndefined();
  clock.push(31_000);
  expect(await refusal(sqs.deleteMessage({ QueueUrl, ReceiptHandle: message!.ReceiptHandle }))).toBe(
    `InvalidParameterValue: Value ${message!.ReceiptHandle} for parameter ReceiptHandle is invalid. Reason: The receipt handle has expired.`,
  );
  expect(await refusal(sqs.sendMessage({ QueueUrl, MessageBody: 'x', MessageDeduplicationId: 'd' }))).toBe(
    'MissingParameter: The request must contain the parameter MessageGroupId.',
  );
  expect(await refusal(sqs.sendMessage({ QueueUrl, MessageBody: 'x', MessageGroupId: 'a' }))).toBe(
    'InvalidParameterValue: The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly',
  );
  expect(await refusal(sqs.sendMessage({ QueueUrl, ...entry('3', 'a'), DelaySeconds: 2 }))).toBe(
    'InvalidParameterValue: Value 2 for parameter DelaySeconds is invalid. Reason: The request include parameter that is not valid for this queue type.',
  );
});

test('FIFO: a receive whose answer was lost is repeated by its attempt id', async () => {
  const { sqs, clock } = await startWorld();
  const QueueUrl = await makeQueue(sqs, 'q.fifo', { ContentBasedDeduplication: 'true' });
  for (const MessageBody of ['1', '2']) await sqs.sendMessage({ QueueUrl, MessageBody, MessageGroupId: 'g' });
  const receive = async (ReceiveRequestAttemptId: string) =>
    (await sqs.receiveMessage({ QueueUrl, MaxNumberOfMessages: 10, ReceiveRequestAttemptId })).Messages;
  const lost = await receive('one');
  expect(await receive('two')).toBeUndefined();
  clock.push(20_000);
  const again = await receive('one');
  expect(again!.map(({ ReceiptHandle }) => ReceiptHandle)).toEqual(lost!.map(({ ReceiptHandle }) => ReceiptHandle));
  // The visibility timeout began anew.
  clock.push(20_000);
  expect(await receive('two')).toBeUndefined();
  await sqs.deleteMessage({ QueueUrl, ReceiptHandle: again![0]!.ReceiptHandle });
  expect((await receive('one'))!.map(({ Body }) => Body)).toEqual(['2']);
  clock.push(31_000);
  expect((await receive('one'))![0]!.ReceiptHandle).not.toBe(lost![1]!.ReceiptHandle);
});

test('a standard queue with too many messages in flight says so to a receive that does not wait', async () => {
  const { sqs, queues } = await startWorld();
  const QueueUrl = await makeQueue(sqs, 'small');
  const definition = await queues.find('small');
  await queues.remove('small');
  await queues.create({ ...definition!, inFlightLimit: 1 });
  for (const MessageBody of ['1', '2']) await sqs.sendMessage({ QueueUrl, MessageBody });
  expect((await sqs.receiveMessage({ QueueUrl })).Messages).toHaveLength(1);
  // The gateway may remember the definition of before for a second.
  await sqs.setQueueAttributes({ QueueUrl, Attributes: { DelaySeconds: '0' } });
  expect(await refusal(sqs.receiveMessage({ QueueUrl }))).toContain('OverLimit');
});

test('what was received too often is on the dead-letter queue', async () => {
  const { sqs } = await startWorld();
  const dlq = await makeQueue(sqs, 'dlq');
  const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: arnOf('dlq'), maxReceiveCount: 1 });
  const QueueUrl = await makeQueue(sqs, 'q', { RedrivePolicy, VisibilityTimeout: '0' });
  await sqs.sendMessage({ QueueUrl, MessageBody: 'x' });
  await sqs.receiveMessage({ QueueUrl });
  expect((await sqs.receiveMessage({ QueueUrl })).Messages).toBeUndefined();
  const { Messages } = await sqs.receiveMessage({ QueueUrl: dlq, MessageSystemAttributeNames: ['All'] });
  expect(Messages![0]!.Attributes).toMatchObject({
    DeadLetterQueueSourceArn: arnOf('q'),
    ApproximateReceiveCount: '2',
  });
});
