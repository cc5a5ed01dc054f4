/**
 * Hostile requests, made from valid ones: fields dropped, swapped, nested, lengthened; bytes flipped, cut and repeated;
 * headers that lie. Each gets an answer in AWS's form or, where it is no HTTP, at least a closed connection; afterwards the
 * gateway answers as before, and no message is lost. A failure names the seed that repeats it.
 */
import { randomInt } from 'node:crypto';
import { expect, test } from 'vitest';
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

const isDeep = Boolean(process.env.MILLRACE_DEEP);
const REQUESTS = isDeep ? 50_000 : 2000;
const AT_ONCE = 16;
const LONGEST_MS = 10_000;
const SEED = Number(process.env.MILLRACE_FUZZ_SEED ?? randomInt(2 ** 31));

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

const nasty: readonly unknown[] = [
  null,
  true,
  0,
  -1,
  1.5,
  1e308,
  2 ** 53,
  '',
  ' ',
  '\u0000',
  '\uD800',
  '../../etc/passwd',
  '__proto__',
  'constructor',
  'x'.repeat(5000),
  [],
  {},
  [[]],
  [null],
  { a: null },
  { __proto__x: 1 },
  'http://[::1',
  `${'/1'.repeat(2000)}/q`,
  '{jndi:ldap://x}',
  '9'.repeat(400),
  '%00',
  '<!ENTITY x>',
];

/** A draw of numbers below `n`, so that a seed repeats a request. */
type Draw = (n: number) => number;

function spoil(value: unknown, draw: Draw): unknown {
  if (draw(4) === 0) return nasty[draw(nasty.length)];
  if (Array.isArray(value))
    return draw(3) === 0 ? Array(draw(30)).fill(value[0]) : value.map((one) => spoil(one, draw));
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).filter(() => draw(8) > 0);
    if (draw(6) === 0) entries.push([String(nasty[draw(nasty.length)]), nasty[draw(nasty.length)]]);
    return Object.fromEntries(entries.map(([name, one]) => [name, draw(3) === 0 ? spoil(one, draw) : one]));
  }
  return draw(2) === 0 ? value : nasty[draw(nasty.length)];
}

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

function spoilBytes(body: Buffer, draw: Draw): Buffer {
  switch (draw(5)) {
    case 0:
      return body.subarray(0, draw(body.length + 1));
    case 1:
      return Buffer.concat([body, body.subarray(0, draw(body.length + 1))]);
    case 2: {
      const flipped = Buffer.from(body);
      for (let count = draw(8); count >= 0 && flipped.length > 0; count--) flipped[draw(flipped.length)] = draw(256);
      return flipped;
    }
    case 3:
      return Buffer.from(`${'['.repeat(draw(20_000))}${body}`);
    default:
      return Buffer.from(body.toString().replaceAll('"', draw(2) === 0 ? '\\u0000' : "'"));
  }
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

function drawFrom(seed: number): Draw {
  // A multiply-and-xor generator of 32 bits; any would do, as long as the seed repeats it.
  let state = seed >>> 0;
  return (n) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % n;
  };
}

/** The request as bytes, spoilt as bytes: often no HTTP any more. */
function hostileBytes({ method, path, headers, body }: RawRequest, draw: Draw): Buffer {
  const lines = Object.entries({ host: 'x', 'content-length': String(body!.length), ...headers });
  const head = `${method} ${path} HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}`).join('\r\n')}\r\n\r\n`;
  return spoilBytes(Buffer.concat([Buffer.from(head), body as Buffer]), draw);
}

async function attack(gateway: { url: string; port: number }, seed: number): Promise<string> {
  const draw = drawFrom(seed);
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

async function withinTime<T>(promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`No answer within ${LONGEST_MS} ms.`)), LONGEST_MS);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

test(`${REQUESTS} hostile requests`, { timeout: isDeep ? 600_000 : 60_000 }, async () => {
  const logged: unknown[] = [];
  const { gateway, sqs } = await startWorld({ log: { error: (data) => void logged.push(data) } });
  const kept = await makeQueue(sqs, 'kept');
  await sqs.sendMessage({ QueueUrl: kept, MessageBody: 'here' });
  for (const name of ['q', 'r']) await makeQueue(sqs, name);
  const seen = new Map<string, number>();
  let next = 0;
  const attacker = async () => {
    while (next < REQUESTS) {
      const seed = SEED + next++;
      const outcome = await withinTime(attack(gateway, seed)).catch((error: unknown) => {
        throw new Error(`Repeat it with MILLRACE_FUZZ_SEED=${seed}. ${error}`, { cause: error });
      });
      seen.set(outcome, (seen.get(outcome) ?? 0) + 1);
      // A queue that an attack removed is there for the next one.
      if (next % 200 === 0) await send(gateway.url, jsonRequest('CreateQueue', { QueueName: 'q' }));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, attacker));
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
