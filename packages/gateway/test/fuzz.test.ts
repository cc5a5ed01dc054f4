/**
 * Hostile requests, made from valid ones: fields dropped, swapped, nested, lengthened; bytes flipped, cut and repeated;
 * headers that lie. Each gets an answer in AWS's form or, where it is no HTTP, at least a closed connection; afterwards the
 * gateway answers as before, and no message is lost. A failure names the seed that repeats it.
 */
import { expect, test } from 'vitest';
import { attackMany, type Draw, hostileBytes, isDeep, REQUESTS, spoil, spoilBytes } from './hostile.ts';
import {
  ACCOUNT,
  arnOf,
  errorCode,
  jsonRequest,
  makeQueue,
  parseXml,
  queryRequest,
  type RawRequest,
  send,
  sendBytes,
  startWorld,
} from './support.ts';

const queueUrl = `http://127.0.0.1/${ACCOUNT}/q`;
const attribute = { DataType: 'String', StringValue: 'x' };
const message = { MessageBody: 'x', MessageAttributes: { a: attribute }, MessageGroupId: 'g' };

/** Valid inputs of every operation; what would wait or remove the queue itself is left to `keep`. */
const valid: readonly (readonly [operation: string, input: Record<string, unknown>])[] = [
  ['AddPermission', { QueueUrl: queueUrl, Label: 'x', AWSAccountIds: [ACCOUNT], Actions: ['*'] }],
  ['CancelMessageMoveTask', { TaskHandle: 'eyJ0YXNrSWQiOiJ4In0=' }],
  ['ChangeMessageVisibility', { QueueUrl: queueUrl, ReceiptHandle: 'bXIxIHEgeCMx', VisibilityTimeout: 1 }],
  [
    'ChangeMessageVisibilityBatch',
    { QueueUrl: queueUrl, Entries: [{ Id: 'a', ReceiptHandle: 'bXIxIHEgeCMx', VisibilityTimeout: 1 }] },
  ],
  ['CreateQueue', { QueueName: 'r', Attributes: { DelaySeconds: '1' }, tags: { a: 'b' } }],
  ['DeleteMessage', { QueueUrl: queueUrl, ReceiptHandle: 'bXIxIHEgeCMx' }],
  ['DeleteMessageBatch', { QueueUrl: queueUrl, Entries: [{ Id: 'a', ReceiptHandle: 'bXIxIHEgeCMx' }] }],
  ['DeleteQueue', { QueueUrl: `http://127.0.0.1/${ACCOUNT}/r` }],
  ['GetQueueAttributes', { QueueUrl: queueUrl, AttributeNames: ['All'] }],
  ['GetQueueUrl', { QueueName: 'q', QueueOwnerAWSAccountId: ACCOUNT }],
  ['ListDeadLetterSourceQueues', { QueueUrl: queueUrl, MaxResults: 1, NextToken: 'cQ' }],
  ['ListMessageMoveTasks', { SourceArn: arnOf('q'), MaxResults: 1 }],
  ['ListQueueTags', { QueueUrl: queueUrl }],
  ['ListQueues', { QueueNamePrefix: 'q', MaxResults: 1, NextToken: 'cQ' }],
  [
    'ReceiveMessage',
    {
      QueueUrl: queueUrl,
      MaxNumberOfMessages: 1,
      VisibilityTimeout: 0,
      WaitTimeSeconds: 0,
      MessageAttributeNames: ['a.*'],
      AttributeNames: ['All'],
    },
  ],
  ['RemovePermission', { QueueUrl: queueUrl, Label: 'x' }],
  ['SendMessage', { QueueUrl: queueUrl, ...message }],
  [
    'SendMessageBatch',
    {
      QueueUrl: queueUrl,
      Entries: [
        { Id: 'a', ...message },
        { Id: 'b', ...message },
      ],
    },
  ],
  ['SetQueueAttributes', { QueueUrl: queueUrl, Attributes: { VisibilityTimeout: '30', RedrivePolicy: '' } }],
  ['StartMessageMoveTask', { SourceArn: arnOf('q'), DestinationArn: arnOf('r'), MaxNumberOfMessagesPerSecond: 1 }],
  ['TagQueue', { QueueUrl: queueUrl, Tags: { a: 'b' } }],
  ['UntagQueue', { QueueUrl: queueUrl, TagKeys: ['a'] }],
];

/** The Query form of a JSON input, near enough: whatever it is, it goes over the wire. */
function flatten(value: unknown, at: string, fields: Record<string, string>): Record<string, string> {
  if (Array.isArray(value)) {
    for (const [index, one] of value.entries()) flatten(one, `${at}.${index + 1}`, fields);
  } else if (typeof value === 'object' && value !== null) {
    for (const [name, one] of Object.entries(value)) flatten(one, at === '' ? name : `${at}.${name}`, fields);
  } else {
    fields[
      at.replace(/^Entries\b/, 'SendMessageBatchRequestEntry').replace(/^(Attribute|Tag|Message\w*Attribute)s\b/, '$1')
    ] = String(value);
  }
  return fields;
}

function hostile(draw: Draw): RawRequest {
  const [operation, input] = valid[draw(valid.length)]!;
  const spoilt = draw(5) === 0 ? input : (spoil(input, draw) as object);
  const request =
    draw(2) === 0
      ? jsonRequest(operation, spoilt ?? null)
      : queryRequest({ Action: operation, ...flatten(spoilt, '', {}) });
  const whole = Buffer.from(request.body as string);
  const body = draw(3) === 0 ? spoilBytes(whole, draw) : whole;
  const headers: Record<string, string> = { ...request.headers };
  if (draw(8) === 0)
    headers['content-type'] = ['text/plain', 'application/json', 'multipart/form-data', 'application/x-amz-json-1.1'][
      draw(4)
    ]!;
  if (draw(10) === 0)
    headers['x-amz-target'] = ['', 'AmazonSQS.', 'AmazonSQS.__proto__', 'SendMessage', 'x'.repeat(3000)][draw(5)]!;
  if (draw(12) === 0) headers.host = ['', 'a b', '<x>', 'x'.repeat(2000), '[::1]:80'][draw(5)]!;
  if (draw(12) === 0) headers['content-encoding'] = 'gzip';
  const paths = [
    '/',
    `/${ACCOUNT}/q`,
    '//',
    '/?Action',
    `/${ACCOUNT}/q?${'a=b&'.repeat(draw(300))}`,
    '/%ff',
    '*',
    `/${'x'.repeat(3000)}`,
  ];
  const methods = ['GET', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE'];
  const method = draw(12) === 0 ? methods[draw(methods.length)]! : 'POST';
  return { method, path: draw(4) === 0 ? paths[draw(paths.length)]! : '/', headers, body };
}

async function attack(gateway: { url: string; port: number }, draw: Draw): Promise<string> {
  const request = hostile(draw);
  if (draw(6) === 0) {
    const text = await sendBytes(gateway.port, hostileBytes(request, draw));
    expect(text === '' || text.startsWith('HTTP/1.1 ')).toBe(true);
    return `bytes ${text.slice(9, 12)}`;
  }
  const answer = await send(gateway.url, request);
  expect(answer.status).toBeLessThan(500);
  if (answer.status !== 200) return errorCode(answer);
  if (answer.headers['content-type'] === 'text/xml') expect(parseXml(answer.body)).toBeTruthy();
  else if (answer.body !== '') expect(JSON.parse(answer.body)).toBeTruthy();
  return 'accepted';
}

test(`${REQUESTS} hostile requests`, { timeout: isDeep ? 600_000 : 60_000 }, async () => {
  const logged: unknown[] = [];
  const { gateway, sqs } = await startWorld({ log: { error: (data) => void logged.push(data) } });
  const kept = await makeQueue(sqs, 'kept');
  await sqs.sendMessage({ QueueUrl: kept, MessageBody: 'here' });
  for (const name of ['q', 'r']) await makeQueue(sqs, name);
  // A queue that an attack removed is there for the next one.
  const again = () => send(gateway.url, jsonRequest('CreateQueue', { QueueName: 'q' }));
  const seen = await attackMany((draw) => attack(gateway, draw), again);
  expect(logged).toEqual([]);
  const reached = [
    'accepted',
    'bytes 400',
    'MalformedInput',
    'InvalidParameterValue',
    'MissingParameter',
    'InvalidAction',
    'MethodNotAllowed',
  ];
  expect([...seen.keys()]).toEqual(expect.arrayContaining(reached));
  expect((await sqs.receiveMessage({ QueueUrl: kept })).Messages).toMatchObject([{ Body: 'here' }]);
});
