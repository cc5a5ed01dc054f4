/** Rows of refused create requests: what provokes each rule, and what AWS answers. */
import type { MappingConfiguration } from '../src/index.ts';
import { created, least, uuid } from './parameters-world.ts';

export const ipve = '400 InvalidParameterValueException';
export const { sqs, kinesis, dynamodb, msk } = least;
export const fifo = least['sqs-fifo'];
export const kafka = least['self-managed-kafka'];
export const mapped = (request: object) => [created(request)];
export const nowhere = 'arn:aws:sqs:us-east-1:123456789012:nowhere';
export const noStream = 'arn:aws:kinesis:us-east-1:123456789012:stream/nowhere';
export const noTable = 'arn:aws:dynamodb:us-east-1:123456789012:table/t/stream/2025-02-22T03:03:25.490';
export const noCluster = 'arn:aws:kafka:us-east-1:123456789012:cluster/nowhere/1';
export const onFailure = (destination?: string) => ({
  DestinationConfig: { OnFailure: destination === undefined ? {} : { Destination: destination } },
});
export const pollers = (config: object) => ({ ProvisionedPollerConfig: config });
export const grouped = (maximum: number) => pollers({ MaximumPollers: maximum, PollerGroupName: 'shared' });
export const exists = (rest: string) =>
  `${rest} already exists. Please update or delete the existing mapping with UUID ${uuid}`;
export const unsupported = (name: string) => `Unsupported '${name}' parameter for given event source mapping type.`;
export const provisionedOnly = (name: string) =>
  `${name} is only available for Provisioned Mode. Enable Provisioned Mode by specifying MinimumPollers in ProvisionedPollerConfig.`;

export type Row = readonly [
  rule: string,
  status: string,
  message: string,
  request: object,
  mappings?: readonly MappingConfiguration[],
];
