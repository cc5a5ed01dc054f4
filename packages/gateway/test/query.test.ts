/** The older Query protocol as raw HTTP: forms in, XML out. */
import { expect, test } from 'vitest';
import { ACCOUNT, arnOf, errorCode, parseXml, queryRequest, send, startWorld, type World } from './support.ts';

const path = (name: string) => `/${ACCOUNT}/${name}`;

/** One call; answers the operation's result. */
async function query({ gateway }: World, fields: Record<string, string>, at = '/') {
  const answer = await send(gateway.url, queryRequest(fields, at));
  expect(answer.body).toMatch(
    /^<\?xml version="1\.0"\?><\w+Response xmlns="http:\/\/queue\.amazonaws\.com\/doc\/2012-11-05\/">/,
  );
  expect(answer.status).toBe(200);
  expect(answer.headers['content-type']).toBe('text/xml');
  const response = parseXml(answer.body)[`${fields.Action}Response`];
  expect(response.ResponseMetadata.RequestId).toBe(answer.headers['x-amzn-requestid']);
  return response[`${fields.Action}Result`];
}

const asList = <T>(value: T | T[] | undefined): T[] => (value === undefined ? [] : ([value].flat() as T[]));
const asMap = (value: { Name: string; Value: string }[] | { Name: string; Value: string } | undefined) =>
  Object.fromEntries(asList(value).map(({ Name, Value }) => [Name, Value]));

test('a queue with attributes and tags, by its path', async () => {
  const world = await startWorld();
  const { QueueUrl } = await query(world, {
    Action: 'CreateQueue',
    QueueName: 'q',
    // Out of order, and with a gap.
    'Attribute.3.Name': 'DelaySeconds',
    'Attribute.3.Value': '5',
    'Attribute.1.Name': 'VisibilityTimeout',
    'Attribute.1.Value': '60',
    'Tag.1.Key': 'team',
    'Tag.1.Value': 'mill & race',
  });
  expect(QueueUrl).toBe(`${world.gateway.url}${path('q')}`);
  const { Attribute } = await query(
    world,
    { Action: 'GetQueueAttributes', 'AttributeName.1': 'DelaySeconds', 'AttributeName.2': 'VisibilityTimeout' },
    path('q'),
  );
  expect(asMap(Attribute)).toEqual({ DelaySeconds: '5', VisibilityTimeout: '60' });
  const set = { 'Attribute.Name': 'x', 'Attribute.1.Name': 'DelaySeconds', 'Attribute.1.Value': '0' };
  expect(await query(world, { Action: 'SetQueueAttributes', ...set }, path('q'))).toBeUndefined();
  expect(await query(world, { Action: 'ListQueueTags', QueueUrl })).toEqual({
    Tag: { Key: 'team', Value: 'mill & race' },
  });
  expect(await query(world, { Action: 'TagQueue', QueueUrl, 'Tag.1.Key': 'b', 'Tag.1.Value': '' })).toBeUndefined();
  await query(world, { Action: 'UntagQueue', QueueUrl, 'TagKey.1': 'team' });
  expect(await query(world, { Action: 'ListQueueTags', QueueUrl })).toEqual({ Tag: { Key: 'b', Value: '' } });
  expect(await query(world, { Action: 'GetQueueUrl', QueueName: 'q' })).toEqual({ QueueUrl });
  expect(await query(world, { Action: 'ListQueues', QueueNamePrefix: 'q' })).toEqual({ QueueUrl });
  expect(await query(world, { Action: 'DeleteQueue' }, path('q'))).toBeUndefined();
  expect(await query(world, { Action: 'ListQueues' })).toBe('');
});

test('a message with attributes, whatever its characters', async () => {
  const world = await startWorld();
  await query(world, { Action: 'CreateQueue', QueueName: 'q' });
  const body = 'a=b&c <d> "e"\r\n\tgrüße 🚣 %25+';
  const sent = await query(
    world,
    {
      Action: 'SendMessage',
      MessageBody: body,
      DelaySeconds: '0',
      'MessageAttribute.1.Name': 'text',
      'MessageAttribute.1.Value.DataType': 'String',
      'MessageAttribute.1.Value.StringValue': '<é>',
      'MessageAttribute.2.Name': 'bytes',
      'MessageAttribute.2.Value.DataType': 'Binary',
      'MessageAttribute.2.Value.BinaryValue': 'AAEC',
      'MessageSystemAttribute.1.Name': 'AWSTraceHeader',
      'MessageSystemAttribute.1.Value.DataType': 'String',
      'MessageSystemAttribute.1.Value.StringValue': 'Root=1',
    },
    path('q'),
  );
  const { Message } = await query(
    world,
    { Action: 'ReceiveMessage', 'AttributeName.1': 'All', 'MessageAttributeName.1': 'All' },
    path('q'),
  );
  expect(Message).toMatchObject({
    MessageId: sent.MessageId,
    MD5OfBody: sent.MD5OfMessageBody,
    MD5OfMessageAttributes: sent.MD5OfMessageAttributes,
    MessageAttribute: [
      { Name: 'text', Value: { StringValue: '<é>', DataType: 'String' } },
      { Name: 'bytes', Value: { BinaryValue: 'AAEC', DataType: 'Binary' } },
    ],
  });
  // The parser leaves character references of control characters to its caller.
  expect(Message.Body.replaceAll('&#xD;', '\r')).toBe(body);
  expect(asMap(Message.Attribute)).toMatchObject({
    SenderId: ACCOUNT,
    ApproximateReceiveCount: '1',
    AWSTraceHeader: 'Root=1',
  });
  const handle = { ReceiptHandle: Message.ReceiptHandle };
  await query(world, { Action: 'ChangeMessageVisibility', ...handle, VisibilityTimeout: '0' }, path('q'));
  await query(world, { Action: 'DeleteMessage', ...handle }, path('q'));
  expect(await query(world, { Action: 'ReceiveMessage' }, path('q'))).toBe('');
});

test('batches', async () => {
  const world = await startWorld();
  await query(world, { Action: 'CreateQueue', QueueName: 'q' });
  const entry = (operation: string, index: number, fields: Record<string, string>) =>
    Object.fromEntries(
      Object.entries(fields).map(([name, value]) => [`${operation}RequestEntry.${index}.${name}`, value]),
    );
  const sent = await query(
    world,
    {
      Action: 'SendMessageBatch',
      ...entry('SendMessageBatch', 1, {
        Id: 'a',
        MessageBody: 'x',
        'MessageAttribute.1.Name': 'n',
        'MessageAttribute.1.Value.DataType': 'Number',
        'MessageAttribute.1.Value.StringValue': '1',
      }),
      ...entry('SendMessageBatch', 2, { Id: 'b', MessageBody: 'y', DelaySeconds: '901' }),
    },
    path('q'),
  );
  expect(sent.SendMessageBatchResultEntry).toMatchObject({ Id: 'a' });
  expect(sent.SendMessageBatchResultEntry.MD5OfMessageAttributes).toMatch(/^[0-9a-f]{32}$/);
  expect(sent.BatchResultErrorEntry).toMatchObject({ Id: 'b', SenderFault: 'true', Code: 'InvalidParameterValue' });
  const { Message } = await query(world, { Action: 'ReceiveMessage', MaxNumberOfMessages: '10' }, path('q'));
  const hidden = await query(
    world,
    {
      Action: 'ChangeMessageVisibilityBatch',
      ...entry('ChangeMessageVisibilityBatch', 1, {
        Id: 'c',
        ReceiptHandle: Message.ReceiptHandle,
        VisibilityTimeout: '9',
      }),
    },
    path('q'),
  );
  expect(hidden).toEqual({ ChangeMessageVisibilityBatchResultEntry: { Id: 'c' } });
  const deleted = await query(
    world,
    {
      Action: 'DeleteMessageBatch',
      ...entry('DeleteMessageBatch', 1, { Id: 'd', ReceiptHandle: Message.ReceiptHandle }),
    },
    path('q'),
  );
  expect(deleted).toEqual({ DeleteMessageBatchResultEntry: { Id: 'd' } });
  expect(await query(world, { Action: 'PurgeQueue' }, path('q'))).toBeUndefined();
});

test('dead-letter queues and move tasks', async () => {
  const world = await startWorld();
  const { QueueUrl } = await query(world, { Action: 'CreateQueue', QueueName: 'dlq' });
  const policy = JSON.stringify({ deadLetterTargetArn: arnOf('dlq'), maxReceiveCount: 1 });
  const redrive = { 'Attribute.1.Name': 'RedrivePolicy', 'Attribute.1.Value': policy };
  const source = await query(world, { Action: 'CreateQueue', QueueName: 'q', ...redrive });
  expect(await query(world, { Action: 'ListDeadLetterSourceQueues', QueueUrl })).toEqual(source);
  const started = await query(world, {
    Action: 'StartMessageMoveTask',
    SourceArn: arnOf('dlq'),
    MaxNumberOfMessagesPerSecond: '1',
  });
  const tasks = await query(world, { Action: 'ListMessageMoveTasks', SourceArn: arnOf('dlq') });
  expect(tasks.ListMessageMoveTasksResultEntry).toMatchObject({ Status: 'RUNNING', TaskHandle: started.TaskHandle });
  const cancelled = await query(world, { Action: 'CancelMessageMoveTask', TaskHandle: started.TaskHandle });
  expect(cancelled).toEqual({ ApproximateNumberOfMessagesMoved: '0' });
});

test('GET with everything in the URL', async () => {
  const { gateway } = await startWorld();
  await send(gateway.url, queryRequest({ Action: 'CreateQueue', QueueName: 'q' }));
  const sent = await send(gateway.url, { method: 'GET', path: `${path('q')}?Action=SendMessage&MessageBody=a%20b+c` });
  expect(parseXml(sent.body).SendMessageResponse.SendMessageResult.MessageId).toBeTruthy();
  const got = await send(gateway.url, { method: 'GET', path: `${path('q')}?Action=ReceiveMessage&Version=2012-11-05` });
  expect(parseXml(got.body).ReceiveMessageResponse.ReceiveMessageResult.Message.Body).toBe('a b c');
  // A form may also stand in the URL of a POST.
  const posted = await send(gateway.url, { path: `${path('q')}?Action=SendMessage`, body: 'MessageBody=x' });
  expect(posted.status).toBe(200);
});

test('an error has type, code, message and request id', async () => {
  const { gateway } = await startWorld();
  const answer = await send(gateway.url, queryRequest({ Action: 'GetQueueUrl', QueueName: '<&>\u0001' }));
  expect(answer.status).toBe(400);
  expect(parseXml(answer.body).ErrorResponse.Error).toEqual({
    Type: 'Sender',
    Code: 'AWS.SimpleQueueService.NonExistentQueue',
    Message: 'The specified queue does not exist for this wsdl version.',
    Detail: '',
  });
  const named = await send(gateway.url, queryRequest({ Action: '<&>\u0001' }));
  expect(parseXml(named.body).ErrorResponse.Error.Message).toBe('The action <&>\uFFFD is not valid for this endpoint.');
});

test.each([
  [{}, 400, 'MissingAction'],
  [{ Action: 'Dance' }, 400, 'InvalidAction'],
  [{ Action: 'constructor' }, 400, 'InvalidAction'],
  [{ Action: 'ListQueues', Version: '2009-02-01' }, 400, 'NoSuchVersion'],
  [{ Action: 'ReceiveMessage' }, 400, 'MissingParameter'],
  [{ Action: 'ListQueues', MaxResults: 'many' }, 400, 'MalformedInput'],
  [{ Action: 'CreateQueue', QueueName: 'q', 'Attribute.1.Name': 'DelaySeconds' }, 400, 'MalformedInput'],
  [{ Action: 'ReceiveMessage', QueueUrl: 'http://x/y' }, 404, 'InvalidAddress'],
  [
    { Action: 'CancelMessageMoveTask', TaskHandle: 'eyJ0YXNrSWQiOiJ4Iiwic291cmNlQXJuIjoiYXJuOmF3czpzcXM6YTpiOmMifQ==' },
    404,
    'ResourceNotFoundException',
  ],
  [
    { Action: 'AddPermission', 'AWSAccountId.1': '1', 'ActionName.1': '*', Label: 'x' },
    400,
    'AWS.SimpleQueueService.UnsupportedOperation',
  ],
  [
    Object.fromEntries(Array.from({ length: 6000 }, (_, index) => [`Attribute.${index}.Name`, 'x'])),
    400,
    'MalformedInput',
  ],
])('%j is refused', async (fields, status, code) => {
  const { gateway } = await startWorld();
  const answer = await send(gateway.url, queryRequest(fields as Record<string, string>));
  expect(errorCode(answer)).toBe(code);
  expect(answer.status).toBe(status);
});
