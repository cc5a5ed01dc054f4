/** Which destination writes what, by kind and ARN. */
import { DeliveryRefused, type Destination, type Queues } from '@millrace/runtime';
import type { FailureDestination } from '@millrace/semantics';
import type { AwsOptions } from './awsClient.ts';
import { fileDestination } from './file.ts';
import { type KafkaDestinationOptions, kafkaDestination } from './kafka.ts';
import { s3Destination } from './s3.ts';
import { snsDestination } from './sns.ts';
import { sqsDestination } from './sqs.ts';
import { substrateQueueDestination } from './substrate.ts';

export interface DestinationOptions extends AwsOptions {
  /** Before `endpoint`, for one service. */
  readonly endpoints?: { readonly [service in 'sqs' | 'sns' | 's3']?: string | undefined };
  /** Queues are those of this substrate, not of an endpoint. */
  readonly queues?: Pick<Queues, 'open'> | undefined;
  readonly kafka?: KafkaDestinationOptions['access'] | undefined;
  /** Everything is written as files to this folder, whatever its destination; for looking. */
  readonly folder?: string | undefined;
}

/** Writes to this destination, and to all others of its kind. @throws {DeliveryRefused} when it is not known how */
export function destinationFor(destination: FailureDestination, options: DestinationOptions = {}): Destination {
  const { endpoints = {}, queues, kafka, folder, timeoutMs } = options;
  if (folder !== undefined) return fileDestination({ folder });
  if (destination.arn.startsWith('file:')) return fileDestination({ folder: destination.arn });
  switch (destination.kind) {
    case 'sqs':
      return queues ? substrateQueueDestination(queues) : sqsDestination(awsOptions(options, endpoints.sqs));
    case 'sns':
      return snsDestination(awsOptions(options, endpoints.sns));
    case 's3':
      return s3Destination(awsOptions(options, endpoints.s3));
    case 'kafka':
      if (kafka) return kafkaDestination({ access: kafka, timeoutMs });
      throw new DeliveryRefused(`No brokers are known for ${destination.arn}: say which cluster the mapping reads.`);
  }
}

function awsOptions({ endpoint, region, timeoutMs }: DestinationOptions, own: string | undefined): AwsOptions {
  return { endpoint: own ?? endpoint, region, timeoutMs };
}

/** Writes to destinations of every kind. Each kind's clients are made with its first delivery. */
export function allDestinations(options: DestinationOptions = {}): Destination {
  const made = new Map<string, Destination>();
  return {
    async deliver(delivery) {
      const { kind, arn } = delivery.destination;
      const key = arn.startsWith('file:') ? arn : kind;
      let destination = made.get(key);
      if (!destination) {
        destination = destinationFor(delivery.destination, options);
        made.set(key, destination);
      }
      await destination.deliver(delivery);
    },
    async close() {
      await Promise.all([...made.values()].map((destination) => destination.close()));
    },
  };
}
