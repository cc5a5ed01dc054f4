/** Which stream a request of Kinesis means: by its name, by its ARN, or by both. */
import type { StoredShard } from '@millrace/runtime';
import { invalidArgument, notFound, type StreamsError } from '../errors.ts';
import { integer, text } from '../protocol/shapes.ts';
import type { KnownStream, StreamsService } from '../service.ts';

export interface WhichStream {
  readonly StreamName?: string;
  readonly StreamARN?: string;
}

export const streamName = text({ min: 1, max: 128, pattern: /^[a-zA-Z0-9_.-]+$/ });
export const streamArn = text({
  min: 1,
  max: 2048,
  pattern: /^arn:aws[^:]*:kinesis:[^:]*:\d{12}:stream\/[a-zA-Z0-9_.-]+$/,
});
export const shardId = text({ min: 1, max: 128, pattern: /^[a-zA-Z0-9_.-]+$/ });
export const sequenceNumberText = text({ pattern: /^(?:0|[1-9]\d{0,128})$/ });
export const hashKeyText = text({ pattern: /^(?:0|[1-9]\d{0,38})$/ });
export const pageSize = integer(1, 10_000);
export const whichStream = { StreamName: streamName, StreamARN: streamArn } as const;

/** As it was within the last second, for puts and reads. @throws {StreamsError} when there is none */
export async function streamOf(service: StreamsService, which: WhichStream): Promise<KnownStream> {
  const name = nameOf(which);
  return checked(service, which, name, await service.find(name, 'kinesis'));
}

/** As it is now. @throws {StreamsError} when there is none */
export async function streamNow(service: StreamsService, which: WhichStream): Promise<KnownStream> {
  const name = nameOf(which);
  return checked(service, which, name, await service.findNow(name, 'kinesis'));
}

function checked(
  service: StreamsService,
  { StreamARN: arn }: WhichStream,
  name: string,
  known: KnownStream | undefined,
): KnownStream {
  if (!known) throw noSuchStream(service, name);
  if (arn !== undefined && known.definition.arn !== arn) throw notFound(`Stream ${arn} not found.`);
  return known;
}

function nameOf({ StreamName: name, StreamARN: arn }: WhichStream): string {
  const inArn = arn?.slice(arn.lastIndexOf('/') + 1);
  if (name !== undefined && inArn !== undefined && name !== inArn) {
    throw invalidArgument('StreamName and StreamARN name different streams; give one of them.');
  }
  const either = name ?? inArn;
  if (either === undefined) throw invalidArgument('Either StreamName or StreamARN must be given.');
  return either;
}

export function noSuchStream({ accountId }: StreamsService, name: string): StreamsError {
  return notFound(`Stream ${name} under account ${accountId} not found.`);
}

export function noSuchShard({ accountId }: StreamsService, id: string, name: string): StreamsError {
  return notFound(`Shard ${id} in stream ${name} under account ${accountId} does not exist`);
}

/** A shard as it is now. @throws {StreamsError} when there is none */
export async function shardOf(service: StreamsService, known: KnownStream, id: string): Promise<StoredShard> {
  const shard = await known.shard(id);
  if (!shard) throw noSuchShard(service, id, known.definition.name);
  return shard;
}
