/** What the queues, the streams and the topics of one Redis stand on: a connection, the time, and word for those who wait. */
import { type Clock, systemClock } from '@millrace/runtime';
import { connectRedis, type RedisClient, ScriptRunner } from '../connection.ts';
import { Wakeups } from './wakeups.ts';

export interface SubstrateOptions {
  /** An address, or a client, which stays open when what uses it is closed. */
  readonly redis: string | RedisClient;
  /** What every key begins with; `millrace` when absent. */
  readonly prefix?: string;
  /** Times the waiting of this process; the system's own when absent. */
  readonly clock?: Clock;
  /** The time that everything goes by, in whole milliseconds; the time of Redis when absent. For tests. */
  readonly now?: () => number;
}

export interface Substrate {
  readonly runner: ScriptRunner;
  readonly prefix: string;
  readonly clock: Clock;
  readonly wakeups: Wakeups;
  /** Milliseconds for the scripts, or '' when they shall ask Redis. */
  readonly timeText: () => string;
  readonly close: () => void;
}

export function openSubstrate({ redis, prefix = 'millrace', clock = systemClock, now }: SubstrateOptions): Substrate {
  const ownClient = typeof redis === 'string' ? connectRedis(redis) : undefined;
  ownClient?.on('error', () => {});
  const client = ownClient ?? (redis as RedisClient);
  const [runner, wakeups] = [new ScriptRunner(client), new Wakeups(client)];
  const timeText = now ? () => String(now()) : () => '';
  const close = () => {
    runner.close();
    wakeups.close();
    ownClient?.disconnect();
  };
  return { runner, prefix, clock, wakeups, timeText, close };
}
