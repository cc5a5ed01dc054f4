/** Records as the requests of the AWS SDK take them. */
import type { PutRecordsRequestEntry } from '@aws-sdk/client-kinesis';
import type { MessageAttributeValue, SendMessageBatchRequestEntry } from '@aws-sdk/client-sqs';
import type { KinesisRecord, MessageAttribute, SentMessage } from '@millrace/semantics';

export function kinesisEntry({ partitionKey, explicitHashKey, data }: KinesisRecord): PutRecordsRequestEntry {
  return {
    PartitionKey: partitionKey,
    ...(explicitHashKey !== undefined && { ExplicitHashKey: explicitHashKey }),
    Data: Buffer.from(data, 'base64'),
  };
}

/** Its id is its place in the batch. */
export function queueEntry(message: SentMessage, index: number): SendMessageBatchRequestEntry {
  const { body, attributes, groupId, dedupId, delayMs, traceHeader } = message;
  return {
    Id: String(index),
    MessageBody: body,
    ...(attributes && { MessageAttributes: attributesOnWire(attributes) }),
    ...(groupId !== undefined && { MessageGroupId: groupId }),
    ...(dedupId !== undefined && { MessageDeduplicationId: dedupId }),
    ...(delayMs !== undefined && { DelaySeconds: Math.ceil(delayMs / 1000) }),
    ...(traceHeader !== undefined && {
      MessageSystemAttributes: { AWSTraceHeader: { DataType: 'String', StringValue: traceHeader } },
    }),
  };
}

function attributesOnWire(
  attributes: Readonly<Record<string, MessageAttribute>>,
): Record<string, MessageAttributeValue> {
  const onWire = ({ dataType, stringValue, binaryValue }: MessageAttribute) => ({
    DataType: dataType,
    ...(stringValue !== undefined && { StringValue: stringValue }),
    ...(binaryValue !== undefined && { BinaryValue: Buffer.from(binaryValue, 'base64') }),
  });
  return Object.fromEntries(Object.entries(attributes).map(([name, value]) => [name, onWire(value)]));
}
