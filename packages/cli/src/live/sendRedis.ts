/** What lives on Redis, by its name, as the target of `millrace send`. */
import { redisQueues, redisStreams, redisTopics } from '@millrace/redis';
import type { QueueDefinition, Queues } from '@millrace/runtime';
import type { SendOutcome } from '@millrace/semantics';
import { didYouMean } from '@millrace/simulation';
import { UsageError } from '../errors.ts';
import { reachRedis, withoutPassword } from './reachRedis.ts';
import type { TargetFamily, TargetName } from './sendName.ts';
import { type QueueParcel, queueTraits } from './sendQueue.ts';
import { redisFailed } from './sendRedisErrors.ts';
import { streamTarget } from './sendStream.ts';
import type { SendTarget, Sent } from './sendTarget.ts';
import { topicTarget } from './sendTopic.ts';
import type { Substrate } from './substrate.ts';

/** Names that an error lists at most. */
const NAMES_SHOWN = 10;

const TITLES: Readonly<Record<TargetFamily, string>> = {
  sqs: 'a queue',
  kinesis: 'a Kinesis stream',
  dynamodb: 'the stream of a DynamoDB table',
  kafka: 'a topic',
};

/** @throws {UsageError} when Redis cannot be reached, or has nothing of that name, or more than one */
export async function redisTarget(url: string, named: TargetName, prefix: string): Promise<SendTarget> {
  const redis = await reachRedis(url);
  const options = { redis, prefix };
  const substrate = { queues: redisQueues(options), streams: redisStreams(options), topics: redisTopics(options) };
  const close = () => {
    for (const each of Object.values(substrate)) void each.close();
    redis.disconnect();
  };
  try {
    return { ...(await targetOf(substrate, named, withoutPassword(url))), close };
  } catch (error) {
    close();
    throw error;
  }
}

/** What has the name, by its family. */
interface Found {
  readonly family: TargetFamily;
  readonly open: () => SendTarget | Promise<SendTarget>;
}

async function targetOf(substrate: Substrate, named: TargetName, place: string): Promise<SendTarget> {
  const all = await foundOf(substrate, named.name, place);
  const found = named.family === undefined ? all : all.filter(({ family }) => family === named.family);
  const [one, ...others] = found;
  if (!one) throw new UsageError(await missing(substrate, named, all, place));
  if (others.length === 0) return one.open();
  const titles = found.map(({ family }) => TITLES[family]).join(' and ');
  const choices = found.map(({ family }) => `${family}:${named.name}`).join(' or ');
  throw new UsageError(`${named.name} is ${titles} on ${place}: write ${choices}.`);
}

async function foundOf({ queues, streams, topics }: Substrate, name: string, place: string): Promise<Found[]> {
  const [queue, stream, topic] = await Promise.all([queues.find(name), streams.find(name), topics.find(name)]);
  const found: Found[] = [];
  if (queue) found.push({ family: 'sqs', open: () => queueTarget(queues, queue, place) });
  if (stream) found.push({ family: stream.kind, open: () => streamTarget(streams, stream, place) });
  if (topic) found.push({ family: 'kafka', open: () => topicTarget(topics, name, place) });
  return found;
}

async function missing(
  { queues, streams, topics }: Substrate,
  { name, family }: TargetName,
  [other]: readonly Found[],
  place: string,
): Promise<string> {
  if (other && family) return `${name} is ${TITLES[other.family]} on ${place}, and not ${TITLES[family]}.`;
  const title = family === undefined ? 'queue, stream or topic' : TITLES[family].replace(/^(a|the) /, '');
  const names = (await Promise.all([queues, streams, topics].map((each) => each.list('')))).flat();
  const near = didYouMean(name, names);
  if (near !== '') return `There is no ${title} ${name} on ${place}.${near}`;
  const there = names.length > NAMES_SHOWN ? [...names.slice(0, NAMES_SHOWN), 'more'] : names;
  return `There is no ${title} ${name}: ${place} has ${names.length === 0 ? 'nothing yet' : there.join(', ')}.`;
}

function queueTarget(queues: Queues, definition: QueueDefinition, place: string): SendTarget<QueueParcel> {
  const { name } = definition;
  const queue = queues.open(name);
  return {
    name,
    place,
    ...queueTraits(definition),
    send: (parcels) =>
      queue.send(parcels.map(({ message }) => message)).then((outcomes) => outcomes.map(sentOf), redisFailed),
    close: () => {},
  };
}

function sentOf(outcome: SendOutcome): Sent {
  if (outcome.kind === 'sent' || outcome.kind === 'deduplicated') return { kind: outcome.kind };
  return { kind: 'refused', because: `${outcome.code}, ${outcome.message}` };
}
