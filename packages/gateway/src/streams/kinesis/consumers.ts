/**
 * RegisterStreamConsumer, DeregisterStreamConsumer, DescribeStreamConsumer, ListStreamConsumers. Consumers stand in what the
 * stream's definition carries, so that they outlive this process and every gateway sees them.
 */
import type { StreamDefinition } from '@millrace/runtime';
import { inUse, invalidArgument, notFound, StreamsError } from '../errors.ts';
import type { StreamsCall } from '../protocol/api.ts';
import type { Encoding } from '../protocol/encoding.ts';
import type { KnownStream, StreamsService } from '../service.ts';
import { opaque, opened } from '../tokens.ts';
import { noSuchStream, streamNow } from './whichStream.ts';

interface Consumer {
  readonly name: string;
  readonly createdAtMs: number;
}

interface WhichConsumer {
  readonly StreamARN?: string;
  readonly ConsumerName?: string;
  readonly ConsumerARN?: string;
}

const MOST_CONSUMERS = 20;
const PAGE = 100;

export async function registerStreamConsumer(
  service: StreamsService,
  input: { readonly StreamARN: string; readonly ConsumerName: string },
  { encoding }: StreamsCall,
): Promise<object> {
  const { definition } = await streamNow(service, input);
  const consumer = { name: input.ConsumerName, createdAtMs: service.clock.now() };
  const changed = await service.change(definition.name, (now) => withConsumers(now, added(now, consumer)));
  if (!changed) throw noSuchStream(service, definition.name);
  return { Consumer: { ...onWire(definition, consumer, encoding), ConsumerStatus: 'CREATING' } };
}

export async function deregisterStreamConsumer(service: StreamsService, input: WhichConsumer): Promise<undefined> {
  const { known, consumer } = await consumerOf(service, input);
  const isKept = ({ name }: Consumer) => name !== consumer.name;
  await service.change(known.definition.name, (now) => withConsumers(now, consumersOf(now).filter(isKept)));
}

export async function describeStreamConsumer(
  service: StreamsService,
  input: WhichConsumer,
  { encoding }: StreamsCall,
): Promise<object> {
  const { known, consumer } = await consumerOf(service, input);
  const description = onWire(known.definition, consumer, encoding);
  return { ConsumerDescription: { ...description, StreamARN: known.definition.arn } };
}

export async function listStreamConsumers(
  service: StreamsService,
  input: { readonly StreamARN: string; readonly NextToken?: string; readonly MaxResults?: number },
  { encoding }: StreamsCall,
): Promise<object> {
  const { definition } = await streamNow(service, input);
  const after = input.NextToken === undefined ? '' : opened(input.NextToken);
  if (after === undefined) throw invalidArgument('NextToken is invalid.');
  const rest = consumersOf(definition).filter(({ name }) => name > after);
  const page = rest.slice(0, input.MaxResults ?? PAGE);
  return {
    Consumers: page.map((consumer) => onWire(definition, consumer, encoding)),
    ...(page.length < rest.length && { NextToken: opaque(page.at(-1)!.name) }),
  };
}

/** By name. */
export function consumersOf({ carried }: StreamDefinition): readonly Consumer[] {
  return carried.Consumers === undefined ? [] : JSON.parse(carried.Consumers);
}

/** The consumer that a request means, by its ARN or by its name. @throws {StreamsError} when there is none */
export async function consumerOf(
  service: StreamsService,
  { StreamARN: streamArn, ConsumerName: name, ConsumerARN: arn }: WhichConsumer,
): Promise<{ readonly known: KnownStream; readonly consumer: Consumer }> {
  if (arn === undefined && (streamArn === undefined || name === undefined)) {
    throw invalidArgument('Either ConsumerARN or both StreamARN and ConsumerName must be given.');
  }
  const known = await streamNow(service, { StreamARN: streamArn ?? arn!.slice(0, arn!.indexOf('/consumer/')) });
  const isMeant = (one: Consumer) =>
    (name === undefined || one.name === name) && (arn === undefined || arnOf(known.definition, one) === arn);
  const consumer = consumersOf(known.definition).find(isMeant);
  if (consumer) return { known, consumer };
  throw noSuchConsumer(service, arn ?? name!, known);
}

function noSuchConsumer({ accountId }: StreamsService, consumer: string, { definition }: KnownStream): StreamsError {
  return notFound(`Consumer ${consumer}, StreamArn ${definition.arn} not found under account ${accountId}.`);
}

function added(now: StreamDefinition, consumer: Consumer): readonly Consumer[] {
  const there = consumersOf(now);
  if (there.some(({ name }) => name === consumer.name)) {
    throw inUse(`Consumer ${consumer.name} under stream ${now.arn} already exists.`);
  }
  if (there.length >= MOST_CONSUMERS) {
    throw new StreamsError('LimitExceededException', `A stream has at most ${MOST_CONSUMERS} consumers.`);
  }
  return [...there, consumer].sort((one, other) => (one.name < other.name ? -1 : 1));
}

function withConsumers({ carried }: StreamDefinition, consumers: readonly Consumer[]) {
  return { carried: { ...carried, Consumers: JSON.stringify(consumers) } };
}

function onWire(definition: StreamDefinition, consumer: Consumer, encoding: Encoding): object {
  return {
    ConsumerName: consumer.name,
    ConsumerARN: arnOf(definition, consumer),
    ConsumerStatus: 'ACTIVE',
    ConsumerCreationTimestamp: encoding.time(consumer.createdAtMs),
  };
}

function arnOf({ arn }: StreamDefinition, { name, createdAtMs }: Consumer): string {
  return `${arn}/consumer/${name}:${Math.floor(createdAtMs / 1000)}`;
}
