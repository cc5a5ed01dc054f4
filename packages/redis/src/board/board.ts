/**
 * The board on Redis: allowances in a hash per mapping, what is told in channels. One connection of this process listens;
 * what is published while it is away is lost, and made up for by what is kept: whoever subscribes again reads the hash.
 */
import type { Board } from '@millrace/runtime';
import type { MappingFact } from '@millrace/semantics';
import type { Redis } from 'ioredis';

export interface RedisBoardOptions {
  /** Shared with others; one more connection is made for listening. */
  readonly connection: Redis;
  /** Begins every key and channel; `millrace` when left out. */
  readonly prefix?: string;
  /** Told of what went wrong and will be tried again. */
  readonly onError?: (error: unknown) => void;
}

export interface RedisBoard extends Board {
  close(): void;
}

type Heard = (message: string) => void;

export function redisBoard(options: RedisBoardOptions): RedisBoard {
  const { connection, prefix = 'millrace', onError = () => {} } = options;
  const listener = connection.duplicate();
  const listeners = new Map<string, Set<Heard>>();
  listener.on('error', onError);
  listener.on('message', (channel: string, message: string) => {
    for (const heard of listeners.get(channel) ?? []) heard(message);
  });
  const keyOf = (mapping: string) => `{${prefix}:board:${mapping}}:allowances`;
  const channelOf = (mapping: string, what: 'allowances' | 'facts') => `${prefix}:board:${mapping}:${what}`;
  const listen = (channel: string, heard: Heard) => {
    const those = listeners.get(channel) ?? new Set();
    listeners.set(channel, those.add(heard));
    if (those.size === 1) listener.subscribe(channel).catch(onError);
    return () => {
      those.delete(heard);
      if (those.size === 0) listener.unsubscribe(channel).catch(onError);
    };
  };
  return {
    async allow(mapping, poller, batches) {
      await connection.hset(keyOf(mapping), poller, batches);
      await connection.publish(channelOf(mapping, 'allowances'), `${batches} ${poller}`);
    },
    async allowances(mapping) {
      const kept = await connection.hgetall(keyOf(mapping));
      return new Map(Object.entries(kept).map(([poller, batches]) => [poller, Number(batches)]));
    },
    async forget(mapping, poller) {
      await connection.hdel(keyOf(mapping), poller);
    },
    tell(mapping, fact) {
      connection.publish(channelOf(mapping, 'facts'), JSON.stringify(fact)).catch(onError);
    },
    onAllowance(mapping, heard) {
      return listen(channelOf(mapping, 'allowances'), (message) => {
        const cut = message.indexOf(' ');
        heard(message.slice(cut + 1), Number(message.slice(0, cut)));
      });
    },
    onFact(mapping, heard) {
      return listen(channelOf(mapping, 'facts'), (message) => heard(JSON.parse(message) as MappingFact));
    },
    close() {
      listener.disconnect();
    },
  };
}
