/**
 * What a read asks of Redis, in one round trip: the time, what is said of the shard, its records, in this order. On one
 * connection commands are carried out in the order in which they are called; on a cluster only a pipeline keeps them
 * together, which costs more.
 */
import type { Cluster } from 'ioredis';
import type { RedisClient } from '../connection.ts';
import type { Redis } from '../libraries.ts';

/** A record as Redis holds it. */
export type Entry = readonly [id: string, fields: readonly [name: string, text: string]];

export interface Question {
  readonly meta: string;
  /** The field that holds the end of the shard. */
  readonly end: string;
  readonly records: string;
  /** The first number of an id. */
  readonly from: number;
  readonly count: number;
}

export interface Answer {
  readonly nowMs: number;
  /** Revision of the stream, latest time of a change, end of the shard. */
  readonly fields: readonly (string | null)[];
  readonly entries: readonly Entry[];
}

type Time = readonly (number | string)[];

/** `timeText`: the time, or '' when it is that of Redis. */
export function ask(client: RedisClient, question: Question, timeText: string): Promise<Answer> {
  return isCluster(client) ? askCluster(client, question, timeText) : askOne(client, question, timeText);
}

async function askOne(client: Redis, { meta, end, records, from, count }: Question, timeText: string): Promise<Answer> {
  const [time, fields, entries] = await Promise.all([
    timeText === '' ? client.time() : undefined,
    client.hmget(meta, 'rev', 'now', end),
    client.xrange(records, from, '+', 'COUNT', count),
  ]);
  return { nowMs: nowFrom(time, timeText), fields, entries: entries as unknown as readonly Entry[] };
}

async function askCluster(client: Cluster, question: Question, timeText: string): Promise<Answer> {
  const { meta, end, records, from, count } = question;
  const pipeline = client.pipeline();
  if (timeText === '') pipeline.time();
  pipeline.hmget(meta, 'rev', 'now', end).xrange(records, from, '+', 'COUNT', count);
  const replies = ((await pipeline.exec()) ?? []).map(([error, reply]) => {
    if (error) throw error;
    return reply;
  });
  const time = timeText === '' ? (replies.shift() as Time) : undefined;
  const [fields, entries] = replies as [Answer['fields'], Answer['entries']];
  return { nowMs: nowFrom(time, timeText), fields, entries };
}

function isCluster(client: RedisClient): client is Cluster {
  return 'nodes' in client;
}

function nowFrom(time: Time | undefined, text: string): number {
  return time ? Number(time[0]) * 1000 + Math.floor(Number(time[1]) / 1000) : Number(text);
}
