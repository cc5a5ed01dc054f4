export type { AwsOptions } from './awsClient.ts';
export { allDestinations, type DestinationOptions, destinationFor } from './destinationFor.ts';
export { DeliveryFailed } from './failing.ts';
export { type FileDestinationOptions, fileDestination } from './file.ts';
export { type KafkaAccess, type KafkaDestinationOptions, kafkaDestination } from './kafka.ts';
export { s3Destination } from './s3.ts';
export { snsDestination } from './sns.ts';
export { sqsDestination } from './sqs.ts';
export { substrateQueueDestination } from './substrate.ts';
