/** Two substrates that are given the same commands at the same times, and what each of them says. */
import type { PartitionAsk, Topic, TopicGroup, Topics } from '@millrace/runtime';
import type { TopicRecord } from '@millrace/semantics';
import type { HandClock } from '../../support/handClock.ts';

export interface RandomRecord {
  readonly key: string | null;
  readonly value: string | null;
  readonly headers: readonly (readonly [string, string])[];
  readonly stampMs: number | undefined;
  readonly partition: number | undefined;
}

/** What a random run may do, as plain data that a failure can print. */
export type Command = Readonly<
  | { do: 'produce'; records: readonly RandomRecord[]; times: number }
  | {
      do: 'read';
      asks: readonly { partition: number; back: number }[];
      maxRecords: number;
      maxBytes: number | undefined;
    }
  | { do: 'offsets' }
  | { do: 'offsetOf'; partition: number; position: 'TRIM_HORIZON' | 'LATEST' | { readonly inMs: number } }
  | { do: 'addPartitions'; count: number }
  | { do: 'join'; group: string; member: string; sessionMs: number }
  | { do: 'leave'; group: string; member: string }
  | {
      do: 'commit';
      group: string;
      member: string | undefined;
      wrongBy: number;
      offsets: readonly (readonly [number, number])[];
    }
  | { do: 'committed' | 'lag'; group: string }
  | { do: 'wait'; forMs: number }
  | { do: 'anew'; partitions: number }
>;

export interface Sides {
  readonly clock: HandClock;
  readonly model: Topics;
  readonly redis: Topics;
  /** The generation of each group, as whoever joined last was told. */
  readonly generations: Map<string, number>;
  create(partitions: number): Promise<readonly boolean[]>;
}

export function bothSides(clock: HandClock, model: Topics, redis: Topics, retentionMs: number): Sides {
  const create = async (partitions: number) => {
    const definition = { name: 't', retentionMs, createdAtMs: clock.now() };
    const made = [await model.create(definition, partitions), await redis.create(definition, partitions)];
    return made.map(({ created }) => created);
  };
  return { clock, model, redis, generations: new Map(), create };
}

/** Carries out a command on both sides; answers what each said. */
export async function carryOut(sides: Sides, command: Command): Promise<{ model: unknown; redis: unknown }> {
  if (command.do === 'wait') {
    sides.clock.forward(command.forMs);
    return { model: undefined, redis: undefined };
  }
  if (command.do === 'anew') {
    const [model, redis] = [await sides.model.remove('t'), await sides.redis.remove('t')];
    const [madeModel, madeRedis] = await sides.create(command.partitions);
    return { model: [model, madeModel], redis: [redis, madeRedis] };
  }
  const ends = await endsOf(sides.model.open('t'));
  const model = await answerOf(sides, sides.model.open('t'), command, ends);
  const redis = await answerOf(sides, sides.redis.open('t'), command, ends);
  if (command.do === 'join') {
    sides.generations.set(command.group, (model as Awaited<ReturnType<TopicGroup['join']>>).generation);
  }
  return { model, redis };
}

async function endsOf(topic: Topic): Promise<number[]> {
  return (await topic.offsets()).map(({ latest }) => latest);
}

/** Refusals are answers, too. */
async function answerOf(sides: Sides, topic: Topic, command: Command, ends: readonly number[]): Promise<unknown> {
  try {
    return await ask(sides, topic, command, ends);
  } catch (error) {
    if (error instanceof RangeError) return { refused: error.name };
    throw error;
  }
}

function ask(sides: Sides, topic: Topic, command: Command, ends: readonly number[]): Promise<unknown> {
  const nowMs = sides.clock.now();
  switch (command.do) {
    case 'produce':
      return topic.produce(
        Array.from({ length: command.times }, () => produced(command.records, nowMs, ends.length)).flat(),
      );
    case 'read':
      return topic.read(
        command.asks.map(({ partition: pick, back }): PartitionAsk => {
          const partition = picked(pick, ends.length);
          return { partition, fromOffset: (ends[partition] ?? 0) - back };
        }),
        { maxRecords: command.maxRecords, maxBytes: command.maxBytes },
      );
    case 'offsets':
      return topic.offsets();
    case 'offsetOf':
      return topic.offsetOf(
        picked(command.partition, ends.length),
        typeof command.position === 'string' ? command.position : { atMs: nowMs + command.position.inMs },
      );
    case 'addPartitions':
      return topic.addPartitions(command.count);
    default:
      return askGroup(sides, topic, command);
  }
}

async function askGroup(sides: Sides, topic: Topic, command: Command): Promise<unknown> {
  const group = topic.group('group' in command ? command.group : '');
  switch (command.do) {
    case 'join': {
      // Each side makes up its own word for a creation.
      const { creation: _, ...membership } = await group.join(command.member, command.sessionMs);
      return membership;
    }
    case 'leave':
      return group.leave(command.member);
    case 'commit': {
      const generation = (sides.generations.get(command.group) ?? 0) + command.wrongBy;
      return group.commit(command.member, generation, new Map(command.offsets));
    }
    case 'committed':
      return [...(await group.committed())].sort(([one], [other]) => one - other);
    case 'lag':
      return group.lag();
    default:
      throw new Error(`Nobody knows how to ${command.do}.`);
  }
}

function produced(records: readonly RandomRecord[], nowMs: number, partitions: number) {
  return records.map(({ key, value, headers, stampMs, partition }) => {
    const record: TopicRecord = {
      key: encoded(key),
      value: encoded(value),
      headers: headers.map(([name, text]) => ({ key: name, value: encoded(text) ?? '' })),
      ...(stampMs !== undefined && { timestampMs: nowMs + stampMs }),
    };
    return { record, partition: partition === undefined ? undefined : picked(partition, partitions) };
  });
}

/** A partition that there is; from 100 on, one that there is not. */
function picked(pick: number, partitions: number): number {
  return pick < 100 ? pick % partitions : partitions + pick - 100;
}

function encoded(text: string | null): string | null {
  return text === null ? null : Buffer.from(text).toString('base64');
}
