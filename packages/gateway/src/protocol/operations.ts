/** Every operation of SQS with what goes in and what comes out (Amazon SQS API Reference, version 2012-11-05). */
import { list, map, type OperationShape, type Shape, type StructShape, struct } from './shapes.ts';

const attributeValue = struct({
  DataType: 'text',
  StringValue: 'text',
  BinaryValue: 'blob',
  StringListValues: list('StringListValue'),
  BinaryListValues: list('BinaryListValue', 'blob'),
});

const queueAttributes = map('Attribute', 'Name');
const tags = map('Tag', 'Key');
const queueUrls = list('QueueUrl');
const paging = { NextToken: 'text', MaxResults: 'integer' } as const;

const sent = {
  MessageBody: 'text',
  DelaySeconds: 'integer',
  MessageAttributes: map('MessageAttribute', 'Name', attributeValue),
  MessageSystemAttributes: map('MessageSystemAttribute', 'Name', attributeValue),
  MessageDeduplicationId: 'text',
  MessageGroupId: 'text',
} as const;

const accepted = {
  MD5OfMessageBody: 'text',
  MD5OfMessageAttributes: 'text',
  MD5OfMessageSystemAttributes: 'text',
  MessageId: 'text',
  SequenceNumber: 'text',
} as const;

const message = struct({
  MessageId: 'text',
  ReceiptHandle: 'text',
  MD5OfBody: 'text',
  Body: 'text',
  Attributes: map('Attribute', 'Name'),
  MD5OfMessageAttributes: 'text',
  MessageAttributes: map('MessageAttribute', 'Name', attributeValue),
});

const moveTask = struct({
  TaskHandle: 'text',
  Status: 'text',
  SourceArn: 'text',
  DestinationArn: 'text',
  MaxNumberOfMessagesPerSecond: 'integer',
  ApproximateNumberOfMessagesMoved: 'integer',
  ApproximateNumberOfMessagesToMove: 'integer',
  FailureReason: 'text',
  StartedTimestamp: 'integer',
});

/** The operations by name. */
export const operations = {
  AddPermission: onQueue({
    Label: 'text',
    AWSAccountIds: list('AWSAccountId'),
    Actions: list('ActionName'),
  }),
  CancelMessageMoveTask: {
    input: struct({ TaskHandle: 'text' }),
    output: struct({ ApproximateNumberOfMessagesMoved: 'integer' }),
  },
  ChangeMessageVisibility: onQueue({ ReceiptHandle: 'text', VisibilityTimeout: 'integer' }),
  ChangeMessageVisibilityBatch: batch(
    'ChangeMessageVisibilityBatch',
    { ReceiptHandle: 'text', VisibilityTimeout: 'integer' },
    {},
  ),
  CreateQueue: {
    input: struct({ QueueName: 'text', Attributes: queueAttributes, tags }),
    output: struct({ QueueUrl: 'text' }),
  },
  DeleteMessage: onQueue({ ReceiptHandle: 'text' }),
  DeleteMessageBatch: batch('DeleteMessageBatch', { ReceiptHandle: 'text' }, {}),
  DeleteQueue: onQueue({}),
  GetQueueAttributes: onQueue({ AttributeNames: list('AttributeName') }, { Attributes: queueAttributes }),
  GetQueueUrl: {
    input: struct({ QueueName: 'text', QueueOwnerAWSAccountId: 'text' }),
    output: struct({ QueueUrl: 'text' }),
  },
  ListDeadLetterSourceQueues: onQueue(paging, { queueUrls, NextToken: 'text' }),
  ListMessageMoveTasks: {
    input: struct({ SourceArn: 'text', MaxResults: 'integer' }),
    output: struct({ Results: list('ListMessageMoveTasksResultEntry', moveTask) }),
  },
  ListQueueTags: onQueue({}, { Tags: tags }),
  ListQueues: {
    input: struct({ QueueNamePrefix: 'text', NextToken: 'text', MaxResults: 'integer' }),
    output: struct({ QueueUrls: queueUrls, NextToken: 'text' }),
  },
  PurgeQueue: onQueue({}),
  ReceiveMessage: onQueue(
    {
      AttributeNames: list('AttributeName'),
      MessageSystemAttributeNames: list('MessageSystemAttributeName'),
      MessageAttributeNames: list('MessageAttributeName'),
      MaxNumberOfMessages: 'integer',
      VisibilityTimeout: 'integer',
      WaitTimeSeconds: 'integer',
      ReceiveRequestAttemptId: 'text',
    },
    { Messages: list('Message', message) },
  ),
  RemovePermission: onQueue({ Label: 'text' }),
  SendMessage: onQueue(sent, accepted),
  SendMessageBatch: batch('SendMessageBatch', sent, accepted),
  SetQueueAttributes: onQueue({ Attributes: queueAttributes }),
  StartMessageMoveTask: {
    input: struct({ SourceArn: 'text', DestinationArn: 'text', MaxNumberOfMessagesPerSecond: 'integer' }),
    output: struct({ TaskHandle: 'text' }),
  },
  TagQueue: onQueue({ Tags: tags }),
  UntagQueue: onQueue({ TagKeys: list('TagKey') }),
} as const satisfies Record<string, OperationShape>;

export type OperationName = keyof typeof operations;

export function isOperation(name: string): name is OperationName {
  return Object.hasOwn(operations, name);
}

type Members = Readonly<Record<string, Shape>>;

function onQueue(input: Members): { input: StructShape };
function onQueue(input: Members, output: Members): { input: StructShape; output: StructShape };
function onQueue(input: Members, output?: Members): OperationShape {
  const shape = struct({ QueueUrl: 'text', ...input });
  return output ? { input: shape, output: struct(output) } : { input: shape };
}

function batch(name: string, entry: Members, result: Members): { input: StructShape; output: StructShape } {
  const failed = struct({ Id: 'text', SenderFault: 'boolean', Code: 'text', Message: 'text' });
  return onQueue(
    { Entries: list(`${name}RequestEntry`, struct({ Id: 'text', ...entry })) },
    {
      Successful: list(`${name}ResultEntry`, struct({ Id: 'text', ...result })),
      Failed: list('BatchResultErrorEntry', failed),
    },
  );
}
