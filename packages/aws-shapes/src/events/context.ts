import type { DynamodbEventContext } from './dynamodb.ts';
import type { KafkaEventContext } from './kafka.ts';
import type { KinesisEventContext } from './kinesis.ts';
import type { SqsEventContext } from './sqs.ts';

/** What all entries of one mapping share, of any source; `kind` is 'sqs' for FIFO queues too. */
export type EventContext = SqsEventContext | KinesisEventContext | DynamodbEventContext | KafkaEventContext;
